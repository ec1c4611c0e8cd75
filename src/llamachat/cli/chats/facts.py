"""A chat as a JSON object for scripts, and its facts in words for people.

Knows records; nothing of the store or of terminals.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from llamachat.chat.export import model_name

if TYPE_CHECKING:
    from llamachat.chat.store.records import ChatRecord

UNTITLED = "(nothing said yet)"


def as_json(record: ChatRecord) -> dict[str, Any]:
    """What a list tells of a chat."""
    return {
        "id": record.id,
        "title": record.title,
        "created": record.created,
        "updated": record.updated,
        "model": model_name(record.model),
        "prompt_template": record.prompt_template,
        "messages": record.messages,
        "draft": record.draft,
        "deleted": record.deleted,
    }


def title(record: ChatRecord) -> str:
    return record.title or UNTITLED


def when(seconds: float) -> str:
    """A moment in local time."""
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"


def messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
