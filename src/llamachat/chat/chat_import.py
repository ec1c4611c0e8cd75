"""Chats out of JSON text: our own export with every branch, or the lists of other programs.

Accepted are what `export` writes, {"messages": [{"role", "content"}, …]}, such a list alone, and
JSON lines of chats or of the messages of one. The text is untrusted: whatever is wrong is one plain
sentence, and nothing is stored then. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamachat.chat.exchange import foreign_chat, own_chat
from llamachat.chat.exchange.json_fields import JsonFields, read_json
from llamachat.chat.export import FORMAT
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.errors import UsageError

if TYPE_CHECKING:
    from llamachat.chat.store.chats import ChatStore

MAX_CHARACTERS = 256 << 20
MAX_LINES = 100_000

_ACCEPTED = (
    "What can be read: the JSON of `llamachat chats export --format json`, and "
    '{"messages": [...]} where each message has a role and a content.'
)


@dataclass(frozen=True, slots=True)
class ReadChat:
    """A chat with the numbers that it and its messages had where it came from."""

    record: ChatRecord
    messages: tuple[StoredMessage, ...]
    """a parent before its children"""


def import_json(store: ChatStore, text: str) -> ChatRecord:
    """Store the one chat that the text holds.

    Raises:
        UsageError: the text holds no chat or several, or it is malformed.
    """
    chats = read_chats(text)
    if len(chats) != 1:
        raise UsageError(
            f"There are {len(chats)} chats in it, not one.",
            "All of them: llamachat chats import FILE",
        )
    return store.insert(chats[0].record, chats[0].messages)


def import_chats(store: ChatStore, text: str) -> list[ChatRecord]:
    """Store all chats that the text holds; the newest record is the last.

    Raises:
        UsageError: the text holds no chat, or it is malformed.
    """
    return [store.insert(chat.record, chat.messages) for chat in read_chats(text)]


def read_chats(text: str) -> list[ReadChat]:
    """The chats of a text; at least one.

    Raises:
        UsageError: the text is too long, no JSON, or not a chat.
    """
    if len(text) > MAX_CHARACTERS:
        raise UsageError(f"This is longer than {MAX_CHARACTERS >> 20} million characters.")
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise UsageError("There is nothing in it.", _ACCEPTED)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and _is_object(lines[0]):
        return list(_from_lines(lines))
    return [_chat(read_json(text))]


def _is_object(line: str) -> bool:
    try:
        return isinstance(read_json(line), dict)
    except UsageError:
        return False


def _from_lines(lines: list[str]) -> Iterator[ReadChat]:
    """JSON lines: a chat each, or all of them the messages of one chat."""
    if len(lines) > MAX_LINES:
        raise UsageError(f"It has {len(lines)} lines: more than {MAX_LINES} are not read.")
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(read_json(line))
        except UsageError as error:
            raise UsageError(f"Line {number}: {error.message}", error.hint) from None
    if all(isinstance(row, dict) and "role" in row for row in rows):
        yield _chat(rows)
        return
    for number, row in enumerate(rows, 1):
        try:
            yield _chat(row)
        except UsageError as error:
            raise UsageError(f"Line {number}: {error.message}", error.hint) from None


def _chat(value: Any) -> ReadChat:
    """One chat, in the form it shows."""
    if isinstance(value, dict) and value.get("format") == FORMAT:
        return ReadChat(*own_chat.read(JsonFields(value)))
    if isinstance(value, list):
        value = {"messages": value}
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        raise UsageError("This JSON is not a chat.", _ACCEPTED)
    return ReadChat(*foreign_chat.read(JsonFields(value)))
