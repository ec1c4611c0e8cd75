"""The key table of the README against the keys that there are."""

import re
from pathlib import Path

from textual.app import App
from textual.binding import Binding

from llamachat.tui.bindings import CHAT_BINDINGS
from llamachat.tui.widgets.composer_keys import COMPOSING, EDITING
from llamachat.tui.widgets.transcript_keys import TRANSCRIPT_BINDINGS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROWS = README.partition("| key | what it does |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
KEY = re.compile(r"(?:Ctrl|Shift|Alt)\+\w+|\bF\d+|\b(?:Enter|Esc|Tab)\b|[↑↓←→]")
ALSO = {"esc": "escape", "↑": "up", "↓": "down", "←": "left", "→": "right"}


def named(text: str) -> set[str]:
    """The keys in a text, as bindings call them."""
    return {ALSO.get(key.lower(), key.lower()) for key in KEY.findall(text)}


def keys(bindings: list[Binding]) -> set[str]:
    return {key for binding in bindings for key in binding.key.split(",")}


def test_every_key_of_the_chat_is_in_the_readme() -> None:
    assert keys(CHAT_BINDINGS) - named("\n".join(ROWS)) == set()


def test_every_key_in_the_readme_is_there() -> None:
    there = keys([*CHAT_BINDINGS, *COMPOSING, *EDITING, *TRANSCRIPT_BINDINGS])
    assert named("\n".join(ROWS)) - there == {App.COMMAND_PALETTE_BINDING}
    assert all(named(row.split("|")[1]) for row in ROWS)


def test_every_letter_in_the_footer_of_the_messages_is_in_the_readme() -> None:
    (row,) = [row for row in ROWS if row.startswith("| F6 |")]
    shown = [binding for binding in TRANSCRIPT_BINDINGS if binding.show]
    letters = [key for key in keys(shown) if len(key) == 1]
    assert letters
    assert [letter for letter in letters if not re.search(rf"\b{letter} \w+s\b", row)] == []
