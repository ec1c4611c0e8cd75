"""Our own exported JSON, checked field by field: nobody has vouched for it.

Knows nothing of files or stores; `export` writes what this reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from llamachat.chat.exchange.dialog_json import dialog_from_json, settings_from_json
from llamachat.chat.exchange.json_fields import JsonFields
from llamachat.chat.export import VERSION
from llamachat.chat.message import Message, Role
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.engine.base import FinishReason
from llamachat.errors import UsageError

MAX_MESSAGES = 100_000
MAX_STATS = 64
LATEST = 253_402_300_799
"""unix seconds: the end of the year 9999, beyond which there are no dates"""

_CHAT = (
    "format", "version", "title", "renamed", "created", "updated", "model", "prompt_template",
    "settings", "draft", "leaf", "dialog", "messages",
)  # fmt: skip
_MESSAGE = (
    "role", "content", "id", "parent", "created", "model", "finish_reason", "open", "stats",
)  # fmt: skip


def read(chat: JsonFields) -> tuple[ChatRecord, tuple[StoredMessage, ...]]:
    """The chat and all its messages, with the numbers that the text gives them.

    Raises:
        UsageError: a field is unknown, missing or wrong.
    """
    version = chat.whole("version", 0)
    if version > VERSION:
        raise UsageError(
            f"This chat was exported by a newer llamachat (its format is version {version}).",
            "Update this one, then import it.",
        )
    if version < 1:
        chat.fail("version", f"must be a number from 1 to {VERSION}")
    chat.refuse_others(_CHAT)
    messages = tuple(_messages(chat))
    leaf = _reference(chat, "leaf", {row.id: row for row in messages})
    record = ChatRecord(
        id=0,
        title=" ".join(chat.text("title").split()),
        created=time_of(chat, "created"),
        updated=time_of(chat, "updated"),
        prompt_template=chat.text("prompt_template"),
        dialog=dialog_from_json(chat.object("dialog")),
        settings=settings_from_json(chat.object("settings")),
        model=chat.text("model"),
        draft=chat.text("draft"),
        messages=_length(leaf, messages),
        leaf=leaf,
        renamed=chat.switch("renamed"),
    )
    return record, messages


def time_of(fields: JsonFields, key: str) -> float:
    """Unix seconds; 0 where it is absent."""
    found = float(fields.number(key, 0.0))
    if not 0 <= found <= LATEST:
        fields.fail(key, "is not a time in unix seconds")
    return found


def _messages(chat: JsonFields) -> Iterator[StoredMessage]:
    """Each message, once its parent has come."""
    known: dict[int, StoredMessage] = {}
    for fields in chat.objects("messages", most=MAX_MESSAGES):
        fields.refuse_others(_MESSAGE)
        number = fields.whole("id", 0, least=1)
        if number in known:
            fields.fail("id", f"is {number}, as that of an earlier message is")
        reason = None
        if "finish_reason" in fields:
            reason = fields.one_of("finish_reason", get_args(FinishReason))
        role = fields.one_of("role", get_args(Role))
        row = StoredMessage(
            id=number,
            parent=_reference(fields, "parent", known),
            message=Message(role, fields.text("content"), reason, fields.switch("open")),
            created=time_of(fields, "created"),
            model=fields.text("model"),
            stats=_stats(fields),
            place=1,
            places=1,
        )
        known[number] = row
        yield row


def _reference(fields: JsonFields, key: str, known: Mapping[int, StoredMessage]) -> int | None:
    """The number of a message that came before; null is none."""
    if key not in fields:
        return None
    number = fields.whole(key, 0)
    if number not in known:
        fields.fail(key, f"is {number}, and no such message comes before")
    return number


def _stats(message: JsonFields) -> dict[str, float | int]:
    """The figures of an answer."""
    stats = message.object("stats")
    names = list(stats.values())
    if len(names) > MAX_STATS:
        message.fail("stats", f"holds {len(names)} figures: more than {MAX_STATS} are not read")
    return {name: stats.number(name, 0) for name in names}


def _length(leaf: int | None, messages: tuple[StoredMessage, ...]) -> int:
    """How many messages the line down to this one has."""
    parents = {row.id: row.parent for row in messages}
    count = 0
    while leaf is not None:
        leaf, count = parents[leaf], count + 1
    return count
