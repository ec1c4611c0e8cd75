"""`llamachat chats undelete NUMBER …`: deleted chats had back. Knows the store."""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.chats.arguments import action_parser, add_chats, all_there, opened_store
from llamachat.cli.chats.facts import as_json, title
from llamachat.cli.failure import say
from llamachat.cli.page import open_page


def parser() -> Parser:
    made = action_parser(
        "undelete", "Have deleted chats back; `llamachat chats list --deleted` shows them."
    )
    add_chats(made)
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    with opened_store() as store:
        for record in all_there(store, given.chats):
            store.undelete(record.id)
        records = all_there(store, given.chats)
    if given.json:
        page.json([as_json(record) for record in records])
    for record in records:
        say(f"Chat {record.id} is back: {title(record)}")
    return 0
