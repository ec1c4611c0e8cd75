"""What the engine does while nobody waits for it: brings a chat's KV state back, reads the draft,
saves. One thread does it all, in that order; an answer comes before everything.

Posts how far the draft is. Knows the host and what was opened, written and answered; no widget.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from textual.message import Message

from llamachat.chat.conversation import Conversation
from llamachat.chat.draft_prefill import Draft, DraftRead, DraftReader, settled
from llamachat.chat.kept_answer import kept_answer, place_of
from llamachat.chat.kv_keeper import KvKeeper, Place
from llamachat.engine.base import Done, Engine, Event
from llamachat.errors import EngineDied, LlamaChatError
from llamachat.hardware.power import on_battery
from llamachat.tui.engine_host import EngineHost

SAVE_PAUSE = 3.0
"""seconds after an answer in which nothing was asked before it is saved"""
TELL_PERIOD = 0.25
"""seconds between two words on a draft that is being read"""


@dataclass(frozen=True, slots=True)
class _Draft:
    place: Place | None
    draft: Draft


class IdleEngine:
    """`keeper` is None where chats are not kept; `post` may be called from any thread."""

    class DraftIsRead(Message):
        """So many tokens of the draft are ready; there is none where `total` is 0."""

        def __init__(self, ready: int, total: int) -> None:
            super().__init__()
            self.ready = ready
            self.total = total

    def __init__(
        self,
        post: Callable[[Message], object],
        host: EngineHost,
        keeper: KvKeeper | None,
        *,
        drafts: bool,
    ) -> None:
        self._post = post
        self._host = host
        self._keeper = keeper
        self.drafts = drafts
        """whether they are read"""
        self._reader = DraftReader()
        self._changed = threading.Condition()
        self._opened: Place | None = None
        self._draft: _Draft | None = None
        self._save_at: float | None = None
        self._held = self._over = False
        self._resting = False
        """the engine died of what was asked last: no draft is read"""
        self._reading: str | None = None
        """the part of a draft that is being evaluated; None where nobody wants it any more"""
        self._told = 0.0
        threading.Thread(target=self._work, name="llamachat-idle", daemon=True).start()

    # What the screen says

    def opened(self, conversation: Conversation, text: str) -> None:
        """This chat is on the screen now, or another version of it, or with another engine; and
        this is the draft."""
        with self._changed:
            self._opened = place_of(conversation)
            self._draft = self._drafted(conversation, text) if text.strip() else None
            self._stop_reading()
            self._changed.notify()
        self._tell_nothing()

    def written(self, conversation: Conversation, text: str) -> None:
        """This is the draft now. While it only grows, what is being read of it is read on; of an
        empty one nothing is read, for a chat that is only looked at should cost nothing."""
        with self._changed:
            self._draft = self._drafted(conversation, text) if text.strip() else None
            if self._draft is None or not text.startswith(self._reading or ""):
                self._stop_reading()
            self._changed.notify()
        if not text.strip():
            self._tell_nothing()

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading = None
            self._host.cancel()

    def _drafted(self, conversation: Conversation, text: str) -> _Draft | None:
        if not self.drafts or self._resting:
            return None
        messages = tuple(row.message for row in conversation.rows)
        return _Draft(place_of(conversation), Draft(conversation.dialog, messages, text))

    def asking(
        self, conversation: Conversation, events: Callable[[Engine], Iterator[Event]]
    ) -> Callable[[Engine], Iterator[Event]]:
        """The events of an answer, before which the chat's state is brought back."""
        with self._changed:
            self._held, self._draft, self._save_at, self._reading = True, None, None, None
        return kept_answer(self._keeper, conversation, events) if self._keeper else events

    def answered(self, conversation: Conversation, done: Done | None, text: str) -> None:
        """The answer has ended (None: it never began), and this is the draft."""
        with self._changed:
            if done is not None:
                self._resting = done.reason == "died"
            self._held, self._save_at = False, time.monotonic() + SAVE_PAUSE
            self._draft = self._drafted(conversation, text)
            self._changed.notify()

    def forget_deleted(self) -> None:
        """Chats may have been deleted."""
        if self._keeper is not None:
            self._keeper.sweep()

    def put_away(self) -> None:
        """The engine is about to be closed."""
        engine = self._host.engine
        if engine is not None and self._keeper is not None:
            self._keeper.save(engine, leaving=True)

    def leave(self) -> None:
        """The app ends."""
        with self._changed:
            self._over = True
            self._changed.notify()
        self.put_away()

    # The thread

    def _work(self) -> None:
        while (task := self._next()) is not None:
            engine = self._host.engine
            if engine is not None:
                with contextlib.suppress(LlamaChatError):  # whoever asks it next hears of it
                    self._do(engine, task)

    def _next(self) -> Place | _Draft | Literal["save"] | None:
        """What is to be done; None: nothing any more."""
        with self._changed:
            while not self._over:
                pause = None
                if self._host.engine is not None and not self._held:
                    if self._opened is not None:
                        opened, self._opened = self._opened, None
                        return opened
                    if self._draft is not None:
                        draft, self._draft = self._draft, None
                        self._reading = settled(draft.draft.text)
                        return draft
                    if self._save_at is not None:
                        pause = self._save_at - time.monotonic()
                        if pause <= 0:
                            self._save_at = None
                            return "save"
                self._changed.wait(pause)
            return None

    def _do(self, engine: Engine, task: Place | _Draft | Literal["save"]) -> None:
        if isinstance(task, _Draft):
            try:
                self._read(engine, task)
            except EngineDied as death:
                self._died(engine, death)
            finally:
                self._reading = None
        elif self._keeper is None:
            return
        elif isinstance(task, Place):
            self._keeper.open(engine, task)
        elif not self._keeper.save(engine) and self._keeper.postponed:
            with self._changed:
                self._save_at = time.monotonic() + SAVE_PAUSE

    def _read(self, engine: Engine, draft: _Draft) -> None:
        if on_battery():
            return
        if self._keeper is not None and draft.place is not None:
            self._keeper.open(engine, draft.place)
        if self._reading is None:  # dropped while the state was brought back
            return
        last: list[DraftRead] = []

        def tell(read: DraftRead) -> None:
            last[:] = [read]
            if time.monotonic() - self._told > TELL_PERIOD:
                self._tell(read)

        held = self._reader.read(engine, draft.draft, tell, lambda: self._reading is not None)
        if held is None:
            self._tell_nothing()
            return
        if last:
            self._tell(last[0])
        if held.done < held.total:
            self._go_on(draft)
        if held.done and self._keeper is not None and draft.place is not None:
            self._keeper.evaluated(engine, draft.place, held.done, held.done - held.cached)

    def _go_on(self, draft: _Draft) -> None:
        """It gave way to something short: read the rest, unless there is another draft by now."""
        with self._changed:
            if self._reading is not None and self._draft is None:
                self._draft = draft

    def _died(self, engine: Engine, death: EngineDied) -> None:
        """Of a draft, which nobody asked for: none is read until an answer has gone well."""
        if self._host.engine is not engine:  # it was closed
            return
        with self._changed:
            self._resting, self._draft = True, None
        self._tell_nothing()
        self._post(EngineHost.Failed(death))
        if not self._held:  # whoever asks begins it anew
            self._host.revive()

    def _tell(self, read: DraftRead) -> None:
        """Unless the draft has been dropped or sent by now."""
        if self._reading is not None:
            self._told = time.monotonic()
            self._post(self.DraftIsRead(read.ready, read.total))

    def _tell_nothing(self) -> None:
        """What was told of a draft holds no more."""
        if self._told:
            self._told = 0.0
            self._post(self.DraftIsRead(0, 0))
