"""`llamachat chats list`: a line for each chat, the newest first. Knows records and a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llamachat.chat.export import model_name
from llamachat.cli.arguments import Parser
from llamachat.cli.cells import fitted, padded, width
from llamachat.cli.chats.arguments import action_parser, chat_number, opened_store
from llamachat.cli.chats.facts import as_json, messages, title, when
from llamachat.cli.failure import say
from llamachat.cli.page import Page, open_page
from llamachat.sanitize import one_line

if TYPE_CHECKING:
    from llamachat.chat.store.records import ChatRecord

LEAST_TITLE = 20
"""columns of a title before the other columns are left out"""
MOST_MODEL = 20
_GAP = "  "


def parser() -> Parser:
    made = action_parser("list", "All chats, the newest first.")
    made.add_argument(
        "-n", "--limit", type=chat_number, metavar="N", help="not more than the N newest"
    )
    made.add_argument("--deleted", action="store_true", help="those that were deleted")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    with opened_store() as store:
        records = store.chats(limit=given.limit, deleted=given.deleted)
    if given.json:
        page.json([as_json(record) for record in records])
    elif records:
        _table(page, records)
    else:
        say(
            "No chat was deleted."
            if given.deleted
            else "There is no chat yet. Begin one: llamachat"
        )
    return 0


def _table(page: Page, records: Sequence[ChatRecord]) -> None:
    """Number, title, length, model and time; a narrow terminal shows fewer of them."""
    numbers = max(len(str(record.id)) for record in records)
    rows = [_columns(record) for record in records]
    widths = [max(width(row[column]) for row in rows) for column in range(3)]
    shown: tuple[int, ...] = ()
    taken = numbers
    for shown in ((0, 1, 2), (0, 2), (2,), ()):
        taken = numbers + sum(widths[column] + len(_GAP) for column in shown)
        if page.columns is None or page.columns - taken - len(_GAP) >= LEAST_TITLE:
            break
    titles = max(width(one_line(title(record))) for record in records)
    if page.columns is not None:
        titles = min(titles, page.columns - taken - len(_GAP))
    for record, row in zip(records, rows, strict=True):
        page.line(
            (str(record.id).rjust(numbers) + _GAP, "strong"),
            (padded(one_line(title(record)), titles), "" if record.title else "dim"),
            *((_GAP + padded(row[column], widths[column]), "dim") for column in shown),
        )


def _columns(record: ChatRecord) -> tuple[str, str, str]:
    """What stands after the title."""
    model = fitted(one_line(model_name(record.model)), MOST_MODEL)
    return messages(record.messages), model, when(record.updated)
