"""The KV state of a plain dialog: brought back before anything is read, saved between messages.

Knows the history, the keeper of states and the engine; nothing of lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamachat.cli.plain.kept import KeptHistory, UnkeptHistory
from llamachat.config.reading import load_config
from llamachat.engine.base import Done, Engine

if TYPE_CHECKING:
    from llamachat.chat.kv_keeper import KvKeeper
    from llamachat.chat.store.chats import ChatStore


class States:
    """Of one dialog; without a store nothing is kept."""

    def __init__(
        self, engine: Engine, history: KeptHistory | UnkeptHistory, chats: ChatStore | None
    ) -> None:
        self._engine = engine
        self._history = history
        self._keeper: KvKeeper | None = None
        if chats is not None:
            from llamachat.chat.kv_keeper import keeper_for

            self._keeper = keeper_for(chats, load_config().kv_cache_mb)
            if place := history.place:
                self._keeper.open(engine, place)

    def note(self, done: Done) -> None:
        """An answer is kept, and so are its figures."""
        self._history.note(done)
        place = self._history.place
        if self._keeper is None or place is None:
            return
        if done.reason == "died":
            self._keeper.lost()
            return
        self._keeper.answered(self._engine, place, done.usage)
        self._keeper.save(self._engine)

    def leave(self) -> None:
        """The dialog ends."""
        if self._keeper is not None:
            self._keeper.save(self._engine, leaving=True)
