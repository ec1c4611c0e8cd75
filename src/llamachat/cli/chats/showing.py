"""`llamachat chats show`: what was said in a chat, under the names of its dialog.

Knows a page and the store; how a model is given the dialog is no matter here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llamachat.chat.export import model_name, to_json
from llamachat.cli.arguments import Parser
from llamachat.cli.chats.arguments import action_parser, add_one_chat, chosen, opened_store
from llamachat.cli.chats.facts import messages, title, when
from llamachat.cli.page import Page, open_page

if TYPE_CHECKING:
    from llamachat.chat.store.records import ChatRecord, StoredMessage


def parser() -> Parser:
    made = action_parser("show", "What was said in a chat; with --json the whole chat as exported.")
    add_one_chat(made)
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    with opened_store() as store:
        record = chosen(store, given.chat)
        if given.json:
            page.text(to_json(record, store.tree(record.id)))
        else:
            _print(page, record, store.line(record.id).rows)
    return 0


def _print(page: Page, record: ChatRecord, rows: Sequence[StoredMessage]) -> None:
    page.line((title(record), "strong"))
    facts = (f"chat {record.id}", when(record.created), model_name(record.model))
    page.line((" · ".join(filter(None, (*facts, messages(len(rows))))), "dim"))
    for row in rows:
        name = record.dialog.role_name(row.message.role)
        style = "user" if row.message.role == "user" else "strong"
        page.text("\n")
        page.words((f"{name}: ", style), (row.message.text, ""))
