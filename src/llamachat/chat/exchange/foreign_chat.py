"""Chats of other programs: a list of messages with a role and a content, as OpenAI's API takes it.

Only text can be read: pictures, tools and their results are refused by name. Such a list says
nothing of how it is to be continued, so any model may continue it in its own form.
Knows nothing of files or stores.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from llamachat.chat.dialog import Dialog
from llamachat.chat.exchange.json_fields import JsonFields
from llamachat.chat.exchange.own_chat import MAX_MESSAGES
from llamachat.chat.message import Message, Role
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.records import ChatRecord, StoredMessage

LAYOUT = "bob"
"""the prompt template whose names and line ends a transcript has"""
MAX_TITLE = 60
MAX_PIECES = 1000

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


def read(chat: JsonFields) -> tuple[ChatRecord, tuple[StoredMessage, ...]]:
    """The chat as one line of messages; fields besides title and model are of no use here.

    Raises:
        UsageError: a message is malformed, or is no text.
    """
    now = time.time()
    messages = list(map(_message, chat.objects("messages", most=MAX_MESSAGES)))
    if not messages:
        chat.fail("messages", "holds no message")
    model = chat.text("model")
    rows = tuple(_rows(messages, model, now))
    record = ChatRecord(
        id=0,
        title=" ".join(chat.text("title").split()) or _title(messages),
        created=now,
        updated=now,
        prompt_template="",
        dialog=_dialog(),
        settings={},
        model=model,
        draft="",
        messages=len(rows),
        leaf=rows[-1].id,
    )
    return record, rows


def _rows(messages: list[Message], model: str, now: float) -> Iterator[StoredMessage]:
    """Numbered from 1, each the child of the one before it."""
    for number, message in enumerate(messages, 1):
        yield StoredMessage(
            id=number,
            parent=number - 1 or None,
            message=message,
            created=now,
            model=model if message.role == "assistant" else "",
            stats={},
            place=1,
            places=1,
        )


def _message(fields: JsonFields) -> Message:
    return Message(_ROLES[fields.one_of("role", tuple(_ROLES))], _content(fields))


def _content(fields: JsonFields) -> str:
    """A text, or pieces of text."""
    if not isinstance(fields.values().get("content"), list):
        if "content" not in fields:
            fields.fail("content", "is missing: only messages of text can be read")
        return fields.text("content")
    pieces = fields.objects("content", most=MAX_PIECES)
    for piece in pieces:
        if piece.text("type") != "text":
            piece.fail("type", "must be text: nothing else can be read")
    return "\n".join(piece.text("text") for piece in pieces)


def _title(messages: list[Message]) -> str:
    """The first line of the user's first words."""
    words = next((m.text.strip() for m in messages if m.role == "user"), "")
    return words.partition("\n")[0][:MAX_TITLE].rstrip()


def _dialog() -> Dialog:
    """The model's chat template, or the usual transcript, with nothing before what was said."""
    usual = load_prompt_template(LAYOUT).fill({"assistant": "Assistant"})
    return replace(usual, form="auto", preamble=(), greeting=())
