"""What a run of the plain dialog keeps: a chat in the store that goes on, or a new one.

A new one comes into being with the first message, so that a look at the program leaves nothing
behind. Knows the store; nothing of engines or terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from llamachat.chat.conversation import figures
from llamachat.chat.history import MemoryHistory
from llamachat.chat.kv_keeper import Place
from llamachat.chat.message import Message
from llamachat.cli.flags.given import Given
from llamachat.cli.plain.opening import Opening
from llamachat.engine.base import Done

if TYPE_CHECKING:
    from llamachat.chat.store.chats import ChatStore
    from llamachat.chat.store.line import StoredLine
    from llamachat.chat.store.records import ChatRecord


class KeptHistory:
    """A history in the store, made when the first message comes; without a store, in memory."""

    def __init__(
        self, begin: Callable[[], tuple[int, StoredLine]], opened: tuple[int, StoredLine] | None
    ) -> None:
        self._begin = begin
        self._opened = opened

    @property
    def number(self) -> int | None:
        """Of the chat; None while there is none."""
        return self._opened[0] if self._opened else None

    @property
    def place(self) -> Place | None:
        """Where the chat is, for its KV state."""
        if not self._opened:
            return None
        number, line = self._opened
        return Place(number, tuple(row.id for row in line.rows))

    @property
    def messages(self) -> tuple[Message, ...]:
        return self._opened[1].messages if self._opened else ()

    def add(self, message: Message) -> None:
        self._line().add(message)

    def journal(self, text: str) -> None:
        self._line().journal(text)

    def withdraw(self) -> None:
        self._line().withdraw()

    def clear(self) -> None:
        if self._opened:
            self._line().clear()

    def note(self, done: Done) -> None:
        """Keep the figures of the latest answer."""
        self._line().annotate(figures(done))

    def _line(self) -> StoredLine:
        self._opened = self._opened or self._begin()
        return self._opened[1]


class UnkeptHistory(MemoryHistory):
    """What --no-save leaves: a chat without a number, forgotten with the process."""

    number: int | None = None
    place: Place | None = None

    def note(self, done: Done) -> None:
        """Figures are for the store."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the flags say about keeping."""

    store: ChatStore | None
    """None where nothing is to be stored"""
    record: ChatRecord | None
    """the chat that is resumed"""
    messages: tuple[Message, ...] = ()
    """what was said in it"""

    @property
    def stores(self) -> bool:
        return self.store is not None

    @property
    def model(self) -> str:
        """The file of the model that the chat was led with."""
        return self.record.model if self.record else ""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What was set for the chat."""
        return self.record.settings if self.record else {}

    def opening(self, text: str) -> Opening | None:
        """How the resumed chat goes on."""
        if self.record is None:
            return None
        return Opening(self.record.dialog, text, self.record.prompt_template)

    def history(self, opening: Opening, *, model: str) -> KeptHistory | UnkeptHistory:
        """Where the chat of this run is kept."""
        store, record = self.store, self.record
        if store is None:
            return UnkeptHistory(self.messages)
        if record is not None:
            store.update(record.id, model=model)
            return KeptHistory(partial(_opened, store, record), _opened(store, record))

        def begin() -> tuple[int, StoredLine]:
            name = opening.prompt_template
            return _opened(store, store.create(opening.dialog, prompt_template=name, model=model))

        return KeptHistory(begin, None)


def _opened(store: ChatStore, record: ChatRecord) -> tuple[int, StoredLine]:
    return record.id, store.line(record.id)


@contextmanager
def keeping(given: Given) -> Iterator[Keeping]:
    """The store as --resume and --no-save want it.

    Raises:
        UsageError: there is no such chat, or the store cannot be read.
    """
    number, saves = given.whole("resume"), not given.on("no_save")
    if number is None and not saves:
        yield Keeping(None, None)
        return
    from llamachat.chat.store.chats import ChatStore  # sqlite3: 4 ms

    with closing(ChatStore()) as store:
        record = None if number is None else store.to_resume(number or "latest")
        said = () if record is None else store.line(record.id).messages
        yield Keeping(store if saves else None, record, said)
