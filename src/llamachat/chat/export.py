"""A stored chat for other eyes: Markdown to read, JSON to keep, share and bring back.

Words and code stay as they were said; only a code block that an answer left open is closed, or it
would swallow the rest of the chat. Of a model only its name is told, not the folder it lies in.
Knows nothing of files; `chat_import` reads the JSON back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from llamachat.chat.exchange.dialog_json import dialog_to_json

if TYPE_CHECKING:
    from llamachat.chat.store.records import ChatRecord, StoredMessage

FORMAT = "llamachat chat"
VERSION = 1

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_MARKS = re.compile(r"([\\`*_\[\]<>#])")

_ENDINGS = {
    "length": "the limit of tokens was reached",
    "context": "the context was full",
    "cancelled": "stopped by hand",
    "died": "the engine died",
    "abandoned": "llamachat itself was ended",
}
"""what a reader is told of an answer that did not end by itself"""


def markdown(record: ChatRecord, rows: Sequence[StoredMessage]) -> str:
    """The line of messages as a document: title, date, model, each message under a name."""
    return "\n\n".join(_blocks(record, rows)) + "\n"


def to_json(record: ChatRecord, messages: Sequence[StoredMessage]) -> str:
    """The whole chat, every branch of it; `messages` are all messages of the tree."""
    chat = {
        "format": FORMAT,
        "version": VERSION,
        "title": record.title,
        "renamed": record.renamed,
        "created": record.created,
        "updated": record.updated,
        "model": model_name(record.model),
        "prompt_template": record.prompt_template,
        "settings": dict(record.settings),
        "draft": record.draft,
        "leaf": record.leaf,
        "dialog": dialog_to_json(record.dialog),
        "messages": [_message(row) for row in sorted(messages, key=lambda row: row.id)],
    }
    return json.dumps(chat, ensure_ascii=False, indent=2) + "\n"


def model_name(model: str) -> str:
    """The name of a model that is known by its file, or by its server ("NAME at HOST")."""
    return PurePath(model.rpartition(" at ")[0] or model).name.removesuffix(".gguf")


def _blocks(record: ChatRecord, rows: Sequence[StoredMessage]) -> Iterator[str]:
    """The parts of the document, with an empty line between two."""
    yield f"# {_escaped(record.title) or f'Chat {record.id}'}"
    begun = datetime.fromtimestamp(record.created)
    facts = [f"{begun.day} {begun:%B %Y, %H:%M}", _escaped(model_name(record.model))]
    yield " · ".join(filter(None, facts))
    for row in rows:
        message = row.message
        yield f"## {_escaped(record.dialog.role_name(message.role))}"
        yield from filter(None, [_closed(message.text.strip("\n"))])
        if (ending := _ENDINGS.get(message.finish_reason or "")) is not None:
            yield f"*({ending})*"


def _escaped(text: str) -> str:
    """One line of plain text in which nothing is Markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _closed(text: str) -> str:
    """The text with the end of a code block that was left open."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.fullmatch(line.rstrip("\r"))
        if found is None:
            continue
        marks, rest = found.groups()
        if not fence:
            fence = "" if marks[0] == "`" and "`" in rest else marks
        elif marks.startswith(fence) and not rest.strip():
            fence = ""
    return f"{text}\n{fence}" if fence else text


def _message(row: StoredMessage) -> dict[str, Any]:
    """One message; the names that other programs use come first."""
    return {
        "role": row.message.role,
        "content": row.message.text,
        "id": row.id,
        "parent": row.parent,
        "created": row.created,
        "model": model_name(row.model),
        "finish_reason": row.message.finish_reason,
        "open": row.message.open,
        "stats": dict(row.stats),
    }
