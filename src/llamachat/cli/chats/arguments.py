"""The arguments that the actions on chats share, and the store they work on.

Knows nothing of any action.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from llamachat.cli.arguments import Parser
from llamachat.errors import UsageError

if TYPE_CHECKING:
    from llamachat.chat.store.chats import ChatStore
    from llamachat.chat.store.records import ChatRecord

LATEST = "latest"


def action_parser(action: str, description: str, *, epilog: str = "") -> Parser:
    """The parser of one action, with --json."""
    made = Parser(f"llamachat chats {action}", description=description, epilog=epilog)
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def chat_number(value: str) -> int:
    """The number of a chat, as the list shows it."""
    if not value.isdecimal() or not value.isascii() or len(value) > 18:
        raise argparse.ArgumentTypeError(f"{value!r} is not the number of a chat")
    return int(value)


def latest_or_number(value: str) -> int | None:
    """None is the latest chat."""
    return None if value == LATEST else chat_number(value)


def add_one_chat(parser: Parser) -> None:
    """One chat, or else the latest."""
    parser.add_argument(
        "chat", nargs="?", type=latest_or_number, default=None, metavar="NUMBER",
        help="the number of the chat (default: the latest)",
    )  # fmt: skip


def add_chats(parser: Parser) -> None:
    """One chat or more."""
    parser.add_argument(
        "chats", nargs="+", type=chat_number, metavar="NUMBER", help="the number of a chat"
    )


@contextmanager
def opened_store() -> Iterator[ChatStore]:
    """The person's chats."""
    from llamachat.chat.store.chats import ChatStore

    with closing(ChatStore()) as store:
        yield store


def chosen(store: ChatStore, number: int | None) -> ChatRecord:
    """The chat of this number, or the latest.

    Raises:
        UsageError: there is none.
    """
    record = store.latest() if number is None else store.get(number)
    if record is None:
        raise UsageError("There is no chat yet.", "Begin one: llamachat")
    return record


def all_there(store: ChatStore, numbers: Sequence[int]) -> list[ChatRecord]:
    """The chats of these numbers, before anything is done to the first of them."""
    return [store.get(number) for number in dict.fromkeys(numbers)]
