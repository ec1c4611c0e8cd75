"""One chat as a row of the list: title, model, how many messages, when. Knows nothing of lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from textual.content import Content
from textual.widgets.option_list import Option

from llamachat.chat.store.records import ChatRecord
from llamachat.sanitize import one_line
from llamachat.tui.screens.moments import WIDEST, when
from llamachat.tui.screens.visuals import Ends, Lazy

_COUNT = len("9,999 messages")
_OPEN = "open  "
_MODEL = 16
"""columns"""


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A chat with what a filter looks at and what the list shows."""

    chat: ChatRecord
    words: str
    option: Option


def chat_row(chat: ChatRecord, *, is_open: bool = False) -> ChatRow:
    """`is_open`: on the screen behind the list."""
    option = Option(Lazy(partial(_line, chat, is_open=is_open)), str(chat.id))
    return ChatRow(chat, f"{chat.title} {model_name(chat.model)}".casefold(), option)


def model_name(model: str) -> str:
    """The file's name without its folders and suffix."""
    return one_line(PurePath(model).name.removesuffix(".gguf"))


def _line(chat: ChatRecord, *, is_open: bool) -> Ends:
    count = f"{chat.messages:,} message{'' if chat.messages == 1 else 's'}"
    figures = f"{count:>{_COUNT}}  {when(chat.updated):>{WIDEST}}"
    model = Content.styled(model_name(chat.model), ".dialog--dim")
    return Ends(
        Content(one_line(chat.title) or "Untitled"),
        Content.assemble((_OPEN, ".dialog--good") if is_open else "", (figures, ".dialog--dim")),
        model.truncate(_MODEL, ellipsis=True),
    )
