"""`llamachat chats delete NUMBER …`: chats put away, and how to have them back.

What was said in them does not lie on in a KV state. Knows the store and the states.
"""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.chat.kv_store import KvStore
from llamachat.cli.arguments import Parser
from llamachat.cli.chats.arguments import action_parser, add_chats, all_there, opened_store
from llamachat.cli.chats.facts import as_json, title
from llamachat.cli.failure import say
from llamachat.cli.page import open_page


def parser() -> Parser:
    made = action_parser(
        "delete",
        "Put chats away: they are neither listed nor found any more, until undelete.",
    )
    add_chats(made)
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    with opened_store() as store:
        records = all_there(store, given.chats)
        for record in records:
            store.delete(record.id)
        KvStore().forget(record.id for record in records)
    if given.json:
        page.json([as_json(record) for record in records])
    for record in records:
        say(f"Chat {record.id} is deleted: {title(record)}")
    numbers = " ".join(str(record.id) for record in records)
    say(f"To have {'it' if len(records) == 1 else 'them'} back: llamachat chats undelete {numbers}")
    return 0
