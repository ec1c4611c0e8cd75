"""`llamachat compare MODEL …`: models side by side, as a table and as a report.

The table goes to standard output, progress to standard error. Ctrl+C ends the measuring and keeps
what there is. Knows flags, terminals and the order of things; the room `compare` has the figures.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.cli.compare.arguments import Order, order_of, parser
from llamachat.cli.compare.cancellation import Cancellation, Cancelled
from llamachat.cli.compare.machine import describe_machine
from llamachat.cli.compare.printing import print_comparison
from llamachat.cli.failure import report, say
from llamachat.cli.page import open_page
from llamachat.compare.document import as_json
from llamachat.compare.figures import Comparison, Row, Subject, largest
from llamachat.compare.plan import announcement
from llamachat.compare.report import check_folder, write_report
from llamachat.compare.settings import DEFAULT_TEXT

if TYPE_CHECKING:
    from llamachat.cli.compare.live import Live
    from llamachat.cli.compare.measuring import Measuring
    from llamachat.cli.page import Page

__all__ = ["parser", "run"]


def run(argv: Sequence[str]) -> int:
    order = order_of(parser().parse_args(argv))
    page = open_page()
    if order.report is not None:
        check_folder(order.report)
    order.settings.check_text()
    from llamachat.cli.compare.live import Live
    from llamachat.cli.compare.measuring import Measuring
    from llamachat.cli.compare.scratch import scratch_folder
    from llamachat.cli.compare.subjects import subjects_of
    from llamachat.cli.interrupts import Interrupts

    cancel, live = Cancellation(), Live(say)
    with (
        scratch_folder() as scratch,
        Interrupts(before_leaving=_leaving(order, scratch, live), hangup=True) as interrupts,
    ):
        interrupts.aim(cancel)
        try:
            subjects = subjects_of(order, scratch, cancel)
            if words := announcement(order.settings, subjects):
                say(words)
            begun = _begun(order, subjects)
            measuring = Measuring(begun, order.settings, scratch, cancel, live)
            measuring.run()
        except Cancelled as stopped:
            report(stopped)
            return interrupts.exit_code
        finally:
            live.close()
    terminal_gone = interrupts.received == signal.SIGHUP and page.columns is not None
    _tell(None if terminal_gone else page, order, measuring.comparison)
    if measuring.comparison.interrupted:
        return interrupts.exit_code
    return _failed(measuring)


def _begun(order: Order, subjects: Sequence[Subject]) -> Comparison:
    """All rows, and nothing measured yet."""
    settings = order.settings
    names = ", ".join(subject.label for subject in subjects)
    alice = "the beginning of Alice's Adventures in Wonderland"
    return Comparison(
        tuple(map(Row, subjects)),
        largest([subject.size for subject in subjects]),
        settings.prompts if "answers" in settings.what else (),
        settings.what,
        title=f"{Path(order.models[0]).name}: {names}" if order.types else names,
        machine=describe_machine(settings.threads),
        date=time.strftime("%Y-%m-%d %H:%M %Z"),
        text=alice if settings.text == DEFAULT_TEXT else settings.text.name,
    )


def _tell(page: Page | None, order: Order, comparison: Comparison) -> None:
    try:
        if page is None:
            return
        if order.json:
            page.json(as_json(comparison))
        else:
            print_comparison(page, comparison)
    finally:  # a reader who went away does not take the report along
        if order.report is not None:
            say(f"The report is {write_report(comparison, order.report)}")
    if order.keep is not None:
        say(f"The models are kept in {order.keep}")


def _failed(measuring: Measuring) -> int:
    """The exit code of the first model that could not be measured; its hint is told."""
    for failure in measuring.failures:
        report(failure)
    return int(measuring.failures[0].exit_code) if measuring.failures else 0


def _leaving(order: Order, scratch: Path, live: Live) -> Callable[[], None]:
    """What is done before the program leaves at once."""

    def leave() -> None:
        live.close()
        if order.types:
            from llamachat.build.output_file import abandon

            abandon()
        shutil.rmtree(scratch, ignore_errors=True)

    return leave
