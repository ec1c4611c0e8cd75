"""`llamachat chats rename NUMBER TITLE`: a title that stays; an empty one brings back that of the
first message. Knows the store.
"""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.chats.arguments import action_parser, chat_number, opened_store
from llamachat.cli.chats.facts import as_json
from llamachat.cli.failure import say
from llamachat.cli.page import open_page


def parser() -> Parser:
    made = action_parser(
        "rename", 'Give a chat another title; "" brings back that of its first message.'
    )
    made.add_argument("chat", type=chat_number, metavar="NUMBER", help="the number of the chat")
    made.add_argument("title", nargs="+", metavar="TITLE", help="its new title")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    with opened_store() as store:
        store.rename(given.chat, " ".join(given.title))
        record = store.get(given.chat)
    if given.json:
        page.json(as_json(record))
    say(f"Chat {record.id} is now {record.title!r}.")
    return 0
