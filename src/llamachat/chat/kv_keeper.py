"""Keeps the KV state of the open chat: restored when a chat is opened, saved when nobody waits.

Remembers which chat the engine's cache holds, and how much of that is not on disk. A state is only
ever a shortcut: whatever fails here, the prompt is evaluated again. Knows engines through their
contract; nothing of terminals or threads of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamachat.chat.kv_store import KvState, KvStore
from llamachat.chat.kv_writing import Writing
from llamachat.engine.base import Engine, EngineInfo, Usage
from llamachat.engine.context import common_prefix
from llamachat.errors import EngineDied, LlamaChatError, UsageError

if TYPE_CHECKING:
    from llamachat.chat.store.chats import ChatStore

WORTH_SAVING = 32
"""tokens that are not on disk, from which a chat is saved when it is left: on a slow machine about
a second of reading"""
WORTH_DISTURBING = 128
"""the same while it is open: each time all of it is written, 0.5 MB for each token of a 7B model"""
_OVERHEAD = 1 << 20
"""bytes of a state that are not keys and values"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which chat: the messages from the first to the latest one."""

    chat: int
    line: tuple[int, ...] = ()

    @property
    def leaf(self) -> int:
        return self.line[-1] if self.line else 0

    def shares(self, other: Place) -> int:
        """How many messages two places of one chat have in common."""
        return common_prefix(self.line, other.line)


class KvKeeper:
    """One engine's cache. May be used from several threads.

    `is_there` tells whether there is still a chat of this number.
    """

    def __init__(self, store: KvStore, is_there: Callable[[int], bool] = lambda chat: True) -> None:
        self._store = store
        self._is_there = is_there
        self._lock = threading.Lock()
        self._held: Place | None = None
        """what the cache holds; None = nothing that is known"""
        self._met: EngineInfo | None = None
        self._writing: Writing | None = None
        """what is written of the chat that was saved last"""
        self.postponed = False
        """an earlier state was still being written: worth another try"""
        self._unsaved = self._tokens = self._on_disk = 0

    def open(self, engine: Engine, place: Place) -> int:
        """Make the cache hold as much of this place as is known; returns the tokens restored.

        What the cache held is saved before, where that is worth it.
        """
        try:
            # A worker that has died unseen is begun anew by any request, and that takes long:
            # not while somebody who leaves may have to wait for the lock.
            _wake(engine)
            self._wait_for(place)
            with self._lock:
                return self._open(engine, place)
        except (LlamaChatError, OSError):
            self.lost()
            return 0

    def _wait_for(self, place: Place) -> None:
        """A chat that was left a moment ago may not be on disk yet."""
        writing = self._writing
        if writing is not None and writing.chat == place.chat and not self._holds(place):
            writing.wait()

    def _open(self, engine: Engine, place: Place) -> int:
        self._meet(engine)
        if self._holds(place):
            return 0
        state = self._better(engine.info.state_key, place)
        if state is None and self._held is not None and self._held.chat == place.chat:
            return 0
        self._save(engine, WORTH_SAVING, leaving=True)
        self._held, self._unsaved = place, 0
        self._tokens = self._on_disk = self._restore(engine, state) if state else 0
        return self._tokens

    def _meet(self, engine: Engine) -> None:
        """One that was begun anew has told of itself anew, and holds nothing."""
        if engine.info is not self._met:
            self._met, self._held = engine.info, None
            self._unsaved = self._tokens = self._on_disk = 0

    def evaluated(self, engine: Engine, place: Place, tokens: int, new: int) -> None:
        """The cache holds `tokens` tokens of this place now, `new` of them were evaluated."""
        with self._lock:
            self._met, self._held, self._tokens = engine.info, place, tokens
            self._unsaved += new

    def answered(self, engine: Engine, place: Place, usage: Usage) -> None:
        """An answer has been written, and is the last message of this place.

        Of a chat of which nothing is on disk that counts too which was cached: read as a draft.
        """
        tokens = usage.prompt + usage.generated
        if self._on_disk:
            self.evaluated(engine, place, tokens, tokens - usage.cached)
        else:
            self._unsaved = 0
            self.evaluated(engine, place, tokens, tokens)

    def lost(self) -> None:
        """The engine began anew."""
        with self._lock:
            self._held = None
            self._unsaved = self._tokens = self._on_disk = 0

    def save(self, engine: Engine, *, leaving: bool = False) -> bool:
        """Save what the cache holds, if it is worth it; whether it is being written now.

        Where there is nothing to save nobody waits for anything.
        """
        worth = WORTH_SAVING if leaving else WORTH_DISTURBING
        self.postponed = False
        if self._held is None or self._unsaved < worth:
            return False
        try:
            with self._lock:
                self._meet(engine)
                return self._save(engine, worth, leaving=leaving)
        except (LlamaChatError, OSError):
            return False

    def sweep(self) -> None:
        """Chats may have been deleted: what was said in them does not lie on in a state."""
        with contextlib.suppress(LlamaChatError, OSError):  # swept again before the next is saved
            self._store.sweep(self._is_there)

    def _holds(self, place: Place) -> bool:
        """All of its messages."""
        held = self._held
        if held is None or held.chat != place.chat:
            return False
        return held.shares(place) == len(place.line)

    def _better(self, key: str, place: Place) -> KvState | None:
        """The best state on disk, where it knows more of the place than the cache does."""
        state = self._store.best(place.chat, place.line, key) if key else None
        held = self._held
        if state is None or held is None or held.chat != place.chat:
            return state
        known = place.line.index(state.leaf) + 1 if state.leaf in place.line else 0
        return state if known > held.shares(place) else None

    def _restore(self, engine: Engine, state: KvState) -> int:
        """One that is damaged, or that the engine does not survive, is of no use to anybody."""
        try:
            tokens = engine.restore(state.path, engine.info.state_key)
        except EngineDied:
            self._store.remove(state)
            raise
        if tokens:
            self._store.touch(state)
        else:
            self._store.remove(state)
        return tokens

    def _save(self, engine: Engine, worth: int, *, leaving: bool = False) -> bool:
        held, info = self._held, engine.info
        if held is None or not held.line or self._unsaved < worth or not info.state_key:
            return False
        self._store.sweep(self._is_there)
        if not self._is_there(held.chat):
            self._held = None
            return False
        self._store.supersede(held.chat, held.line[:-1], info.state_key)
        size = info.memory.kv_cache * self._tokens // max(info.n_ctx, 1) + _OVERHEAD
        if not self._store.make_room(size):
            return False
        path = self._store.place(held.chat, held.leaf, info.state_key)
        writing = Writing.of(path, held.chat)
        self.postponed = not engine.snapshot(path, info.state_key, wait=False, leaving=leaving)
        if self.postponed:
            return False
        self._unsaved, self._on_disk, self._writing = 0, self._tokens, writing
        return True


def _wake(engine: Engine) -> None:
    """Any request begins a worker anew that has died, but for the one that meets its death."""
    try:
        engine.count(())
    except EngineDied:
        engine.count(())


def keeper_for(chats: ChatStore, megabytes: int | None) -> KvKeeper:
    """One for stored chats, with the room that the settings give."""

    def is_there(chat: int) -> bool:
        try:
            return chats.get(chat).deleted is None
        except UsageError:
            return False

    budget = None if megabytes is None else megabytes * 1_000_000
    return KvKeeper(KvStore(budget=budget), is_there)
