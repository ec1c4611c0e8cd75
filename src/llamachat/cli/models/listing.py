"""`llamachat models list`: installed models and the catalogue, and what fits into this machine.

Knows the rows and a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from llamachat.cli.arguments import Parser
from llamachat.cli.cells import padded, width
from llamachat.cli.models.table import Row, rows
from llamachat.cli.models.unfinished import Unfinished, unfinished
from llamachat.cli.page import Page, Piece, open_page
from llamachat.config.reading import load_config
from llamachat.errors import ModelError
from llamachat.hardware.memory import read_memory
from llamachat.models.fit import gigabytes
from llamachat.models.library import model_file
from llamachat.models.need import N_CTX
from llamachat.models.quantization import preferred

_GAP = "  "
_STYLES = {"fits": "user", "fits barely": "found", "does not fit": "dim"}
_HEADS = ("size", "memory", "fits here", "licence")
_RIGHT = ("size", "memory")


def parser() -> Parser:
    made = Parser(
        "llamachat models list",
        description="Installed models and those of the catalogue: size, memory they take with "
        f"{N_CTX:,} tokens of context, whether that fits into this machine now, licence.",
        epilog="Get one: llamachat models pull NAME\nAny other: llamachat models pull hf:user/repo",
    )
    made.add_argument("--installed", action="store_true", help="only what is on this disk")
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    usable = read_memory().usable
    found = list(rows(usable, in_use()))
    if given.json:
        page.json(_json(found, only_here=given.installed))
        return 0
    if given.installed:
        found = [row for row in found if row.model]
    _print(page, found, usable)
    return 0


def in_use() -> Path | None:
    """The model of the settings; None where there is none, or it is gone."""
    name = load_config().model
    try:
        return model_file(name) if name else None
    except ModelError:  # using it says so; a list is no place for it
        return None


def _json(found: Sequence[Row], *, only_here: bool) -> list[dict[str, Any]]:
    """The rows with what is unfinished of each; what has no row gets one, without a size."""
    left: dict[str, list[Unfinished]] = {}
    for one in unfinished():
        left.setdefault(one.name, []).append(one)
    told = []
    for row in found:
        parts = left.pop(row.name, [])
        if row.model or parts or not only_here:
            told.append(row.as_json() | {"unfinished": [part.as_json() for part in parts]})
    for name, parts in left.items():
        facts = Row(name, 0, None, None, "").as_json()
        known = {"size": None, "source": parts[0].leftover.source}
        told.append(facts | known | {"unfinished": [part.as_json() for part in parts]})
    return told


def _print(page: Page, found: Sequence[Row], usable: int) -> None:
    here = [row for row in found if row.model]
    there = [row for row in found if not row.model]
    cells = {id(row): _cells(row) for row in found}
    names = max((width(row.name) for row in found), default=0)
    wide = [
        max(len(head), *(width(cells[id(row)][at]) for row in found))
        for at, head in enumerate(_HEADS)
    ]
    page.line((padded("", names), ""), (_line(_HEADS, wide), "dim"))
    for title, part in (("Installed", here), ("To get: llamachat models pull NAME", there)):
        if part:
            page.line((title, "strong"))
        for row in part:
            page.line(*_pieces(row, padded(row.name, names), cells[id(row)], wide))
    _print_unfinished(page)
    page.text("\n")
    page.line((f"{gigabytes(usable)} of memory are usable now.", "dim"))
    _advise(page, there)


def _print_unfinished(page: Page) -> None:
    """What interrupted transfers take of the disk."""
    left = unfinished()
    if left:
        page.line(("Unfinished: the same command goes on, models rm NAME throws away", "strong"))
    for one in left:
        day = f"{datetime.fromtimestamp(one.leftover.modified):%Y-%m-%d}"
        page.line((one.name, ""), (f"{_GAP}{gigabytes(one.leftover.size)} since {day}", "dim"))


def _advise(page: Page, there: Sequence[Row]) -> None:
    """Which quantization, where that was found out before; measuring belongs to `pull`."""
    choice = preferred(measure=False)
    if any(row.entry and row.entry.ftype == choice.ftype for row in there):
        page.line((f"The usual choice here is {choice.ftype}: {choice.reason}.", "dim"))


def _cells(row: Row) -> tuple[str, str, str, str]:
    memory = gigabytes(row.need.total) if row.need else "?"
    fit: str = row.fit or "unreadable"
    if row.model and row.model.changed:
        fit = "changed since verified"
    return gigabytes(row.size), memory, fit, row.licence


def _line(cells: Sequence[str], wide: Sequence[int]) -> str:
    parts = [
        padded(cell, columns, right=head in _RIGHT)
        for cell, columns, head in zip(cells, wide, _HEADS, strict=True)
    ]
    return _GAP + _GAP.join(parts).rstrip()


def _pieces(
    row: Row, name: str, cells: tuple[str, str, str, str], wide: Sequence[int]
) -> list[Piece]:
    size, memory, fit, licence = (
        padded(cell, columns, right=head in _RIGHT)
        for cell, columns, head in zip(cells, wide, _HEADS, strict=True)
    )
    used = "in use  " if row.in_use else ""
    return [
        (name, "strong" if row.model else ""),
        (f"{_GAP}{size}{_GAP}{memory}{_GAP}", ""),
        (fit + _GAP, _STYLES.get(row.fit or "", "found")),
        (used, "user"),
        (licence.rstrip(), "dim"),
    ]
