"""`llamachat prompts list`: one line for each: name, form, whose it is, description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llamachat.chat.prompt_library import Listed, Origin, listed
from llamachat.cli.arguments import Parser
from llamachat.cli.cells import padded, width
from llamachat.cli.page import Page, open_page

WHOSE: dict[Origin, str] = {
    "own": "yours",
    "shipped": "shipped",
    "shadowing": "yours, hides the shipped one",
}
_GAP = "  "


def parser() -> Parser:
    made = Parser(
        "llamachat prompts list",
        description="All prompt templates, yours and the shipped ones.",
        epilog="Read one: llamachat prompts show NAME",
    )
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page, entries = open_page(), listed()
    if given.json:
        page.json([as_json(entry) for entry in entries])
    else:
        _table(page, entries)
    return 0


def as_json(entry: Listed) -> dict[str, Any]:
    """What scripts are told of a prompt template; a broken one has only its error."""
    template, fault = entry.template, entry.fault
    facts = {"name": entry.name, "origin": entry.origin, "path": str(entry.path)}
    if template is None:
        return facts | {"error": fault.message if fault else ""}
    return facts | {
        "form": template.unfilled.form,
        "description": template.description,
        "variables": [
            {"name": variable.name, "default": variable.default, "ask": variable.ask}
            for variable in template.variables
        ],
    }


def _table(page: Page, entries: Sequence[Listed]) -> None:
    """Names and descriptions always, the rest where no description has to be cut for it."""
    rows = [_row(entry) for entry in entries]
    widths = [max(width(row[column]) for row in rows) for column in range(4)]
    whole = sum(widths) + 3 * len(_GAP)
    fits = page.columns is None or whole <= page.columns
    for row, entry in zip(rows, entries, strict=True):
        name, form, whose, description = row
        middle = padded(form, widths[1]) + _GAP + padded(whose, widths[2]) + _GAP if fits else ""
        page.line(
            (padded(name, widths[0]) + _GAP, "strong"),
            (middle, "dim"),
            (description, "" if entry.template else "found"),
        )


def _row(entry: Listed) -> tuple[str, str, str, str]:
    template, whose = entry.template, WHOSE[entry.origin]
    if template is None:
        return entry.name, "", whose, f"broken: llamachat prompts check {entry.name}"
    return entry.name, template.unfilled.form, whose, template.description
