"""`llamachat cache clear [NUMBER …]`: KV states deleted, all or those of some chats."""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.cache.showing import configured_store
from llamachat.cli.chats.arguments import chat_number
from llamachat.cli.failure import say
from llamachat.models.fit import gigabytes


def parser() -> Parser:
    made = Parser(
        "llamachat cache clear",
        description="Delete KV states, all or those of some chats. The chats lose nothing: each is "
        "read again when it goes on.",
    )
    made.add_argument(
        "chats", nargs="*", type=chat_number, metavar="NUMBER", help="of a chat (default: all)"
    )
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    store = configured_store()
    before = store.states()
    if given.chats:
        store.forget(given.chats)
    else:
        store.clear()
    left = {state.path for state in store.states()}
    gone = [state for state in before if state.path not in left]
    if not gone:
        say("There was nothing to delete.")
        return 0
    count = "1 KV state is" if len(gone) == 1 else f"{len(gone)} KV states are"
    say(f"{count} gone; {gigabytes(sum(state.size for state in gone))} are free again.")
    return 0
