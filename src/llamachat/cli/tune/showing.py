"""A search as a table: what was tried against what, its figures, what was taken and why.

Knows a page and the figures; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from llamachat.cli.cells import padded, width
from llamachat.cli.chats.facts import when
from llamachat.cli.page import Page
from llamachat.engine.tuning import words
from llamachat.engine.tuning.values import Tuning, Verdict

_GAP = "  "
_HEAD = ("tried", "against", "at", "t/s", "", "gain", "")


def show(page: Page, tunings: Sequence[Tuning], *, json: bool) -> None:
    """Each of them."""
    if json:
        page.json([as_json(tuning) for tuning in tunings])
        return
    for number, tuning in enumerate(tunings):
        if number:
            page.line(("", ""))
        _show(page, tuning)


def as_json(tuning: Tuning) -> dict[str, object]:
    return {**asdict(tuning), "chosen": tuning.chosen}


def _show(page: Page, tuning: Tuning) -> None:
    page.line((tuning.model, "strong"), (f", measured {when(tuning.measured)}", "dim"))
    page.line((tuning.machine, "dim"))
    rows = [_HEAD, *(row for verdict in tuning.verdicts for row in _rows(verdict))]
    wide = [max(width(row[column]) for row in rows) for column in range(len(_HEAD))]
    for number, row in enumerate(rows if tuning.verdicts else []):
        cells = [
            padded(text, wide[column], right=column in (3, 4, 5)) for column, text in enumerate(row)
        ]
        taken = row[-1] == words.OUTCOMES["faster"]
        style = "dim" if not number else "strong" if taken else ""
        page.line((_GAP.join(cells).rstrip(), style))
    page.line((words.summary(tuning), "strong"))


def _rows(verdict: Verdict) -> Iterator[tuple[str, ...]]:
    """One for each kind of work; the outcome stands beside the last."""
    name, against = words.tried(verdict.candidate), verdict.against
    outcome = words.OUTCOMES[verdict.outcome]
    if not verdict.figures:
        yield name, against, "", "", "", "", outcome
    for number, figure in enumerate(verdict.figures, 1):
        last = number == len(verdict.figures)
        first = number == 1
        yield (
            name if first else "",
            against if first else "",
            words.WORKS[figure.work],
            words.rate(figure.before),
            words.rate(figure.after),
            words.gain(figure),
            outcome if last else "",
        )
