"""`llamachat build SOURCE --type TYPE`: from original weights to a model that answers.

Paths of results go to standard output, everything else to standard error. Ctrl+C leaves nothing.
Knows arguments and terminals; the room `build` does the work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llamachat.cli.build.arguments import order_of, parser
from llamachat.cli.failure import report, say
from llamachat.cli.page import open_page

if TYPE_CHECKING:
    from llamachat.build.job import Job
    from llamachat.cli.build.progress_line import BuildLine
    from llamachat.cli.fetching import Fetcher
    from llamachat.models.hub import Hub
    from llamachat.models.manifest import Manifest

__all__ = ["parser", "run"]


def run(argv: Sequence[str]) -> int:
    order = order_of(parser().parse_args(argv))
    page = open_page()
    from llamachat.cli.build import telling
    from llamachat.cli.build.fetching import NotHere
    from llamachat.cli.build.listener import end_with_listener
    from llamachat.cli.build.preparing import prepared
    from llamachat.cli.build.progress_line import BuildLine

    line = BuildLine(as_json=order.progress_json, say=say)
    gone = end_with_listener() if order.progress_json else None

    def fetcher(hub: Hub) -> Fetcher:
        from llamachat.cli.fetching import Fetcher

        return Fetcher(hub, line.line, say)

    try:
        with prepared(order, fetcher, line.verifying) as (job, source):
            if order.dry_run:
                telling.print_plan(page, job, source, as_json=order.json)
            else:
                telling.announce(job, source)
                began = time.monotonic()
                made = _carried_out(job, line)
                seconds = time.monotonic() - began
                telling.print_results(page, job, made, seconds, as_json=order.json)
    except NotHere as missing:
        telling.print_missing(page, missing, as_json=order.json)
    except SystemExit:
        if gone is not None and gone.is_set():
            raise BrokenPipeError from None
        raise
    finally:
        line.close()
    return 0


def _carried_out(job: Job, line: BuildLine) -> list[Manifest]:
    """Run it; the first Ctrl+C ends it within a block, a second at once; nothing is left behind."""
    from llamachat.build.output_file import abandon
    from llamachat.build.progress import BuildCancelled
    from llamachat.cli.interrupts import Interrupts

    def leave() -> None:
        abandon()
        line.close()

    cancel = threading.Event()
    with Interrupts(before_leaving=leave, hangup=True) as interrupts:
        interrupts.aim(cancel.set)
        try:
            return job.run(line, cancel)
        except BuildCancelled as stopped:
            line.close()
            report(stopped)
            raise SystemExit(interrupts.exit_code) from None
        finally:
            line.close()
