"""`llamachat cache show`: a line for each KV state, and the room they take.

Knows the states, the titles of chats and a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing

from llamachat.chat.kv_store import KvState, KvStore
from llamachat.cli.arguments import Parser
from llamachat.cli.cells import padded, width
from llamachat.cli.chats.facts import UNTITLED, when
from llamachat.cli.page import Page, open_page
from llamachat.config.reading import load_config
from llamachat.errors import UsageError
from llamachat.models.fit import gigabytes
from llamachat.sanitize import one_line

_GAP = "  "
LEAST_TITLE = 12


def parser() -> Parser:
    made = Parser(
        "llamachat cache show",
        description="Which KV states of chats there are, and the room they take and may take.",
    )
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page, store = open_page(), configured_store()
    states = store.states()
    names = titles(states)
    taken, budget = sum(state.size for state in states), store.budget
    if given.json:
        rows = [_as_json(state, names) for state in states]
        told = {"folder": str(store.folder), "budget": budget, "taken": taken, "states": rows}
        page.json(told)
        return 0
    page.line(("folder  ", "dim"), (str(store.folder), ""))
    page.line(("room    ", "dim"), (f"{gigabytes(taken)} of {gigabytes(budget)}", "strong"))
    if states:
        page.line(("", ""))
        _table(page, states, names)
    return 0


def configured_store() -> KvStore:
    """The states of this person, with the room that the settings give them."""
    megabytes = load_config().kv_cache_mb
    return KvStore(budget=None if megabytes is None else megabytes * 1_000_000)


def titles(states: Sequence[KvState]) -> Mapping[int, str]:
    """Of the chats that are still there."""
    from llamachat.chat.store.chats import ChatStore, chats_path

    if not states or not chats_path().exists():
        return {}
    found: dict[int, str] = {}
    with closing(ChatStore()) as chats:
        for chat in {state.chat for state in states}:
            try:
                found[chat] = chats.get(chat).title or UNTITLED
            except UsageError:
                continue
    return found


def _as_json(state: KvState, names: Mapping[int, str]) -> dict[str, object]:
    return {
        "chat": state.chat,
        "title": names.get(state.chat),
        "message": state.leaf,
        "size": state.size,
        "used": state.used,
        "path": str(state.path),
    }


def _table(page: Page, states: Sequence[KvState], names: Mapping[int, str]) -> None:
    """Number and title of the chat, size, and when it was of use last."""
    numbers = max(len(str(state.chat)) for state in states)
    sizes = max(width(gigabytes(state.size)) for state in states)
    shown = [one_line(names.get(state.chat, "(no such chat)")) for state in states]
    room = max(map(width, shown))
    if page.columns is not None:
        taken = numbers + sizes + width(when(0)) + 3 * len(_GAP)
        room = max(LEAST_TITLE, min(room, page.columns - taken))
    for state, title in zip(states, shown, strict=True):
        page.line(
            (str(state.chat).rjust(numbers) + _GAP, "strong"),
            (padded(title, room) + _GAP, ""),
            (padded(gigabytes(state.size), sizes, right=True) + _GAP + when(state.used), "dim"),
        )
