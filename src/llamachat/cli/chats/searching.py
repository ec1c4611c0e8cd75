"""`llamachat chats search WORDS`: the messages in which the words occur, grouped by chat.

Knows hits and a page; how they are found is the store's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llamachat.cli.arguments import Parser
from llamachat.cli.chats.arguments import action_parser, chat_number, opened_store
from llamachat.cli.chats.facts import as_json, title, when
from llamachat.cli.failure import say
from llamachat.cli.page import Page, Piece, open_page

if TYPE_CHECKING:
    from llamachat.chat.store.records import Hit


def parser() -> Parser:
    made = action_parser(
        "search", "The messages with all these words; of the last one its beginning is enough."
    )
    made.add_argument("words", nargs="+", metavar="WORD", help="a word to look for")
    made.add_argument(
        "-n", "--limit", type=chat_number, default=50, metavar="N", help="not more than N (50)"
    )
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    words = " ".join(given.words)
    with opened_store() as store:
        hits = store.search(words, limit=given.limit)
    if given.json:
        page.json([_as_json(hit) for hit in hits])
    elif hits:
        _print(page, hits)
    else:
        say(f"Nothing was found for {words!r}.")
    return 0


def _as_json(hit: Hit) -> dict[str, Any]:
    return {
        "chat": as_json(hit.chat),
        "message": hit.message,
        "role": hit.role,
        "snippet": hit.snippet,
        "marks": [list(mark) for mark in hit.marks],
    }


def _print(page: Page, hits: Sequence[Hit]) -> None:
    """A heading for each chat, the one with the best hit first; a line for each hit."""
    chats: dict[int, list[Hit]] = {}
    for hit in hits:
        chats.setdefault(hit.chat.id, []).append(hit)
    for number, found in chats.items():
        chat = found[0].chat
        page.line((f"{number}  {title(chat)}", "strong"), (f"  {when(chat.updated)}", "dim"))
        for hit in found:
            page.line((f"    {chat.dialog.role_name(hit.role)}: ", "dim"), *_marked(hit))


def _marked(hit: Hit) -> Iterator[Piece]:
    """The snippet with its matches set off."""
    done = 0
    for begin, end in hit.marks:
        yield hit.snippet[done:begin], ""
        yield hit.snippet[begin:end], "found"
        done = end
    yield hit.snippet[done:], ""
