"""`llamachat doctor`: what this machine can do, what the engine makes of it, what could be better.

The report goes to standard output, the story of what takes time to standard error. Exit code 0
where the engine runs, 6 where it is missing or broken, 7 where it cannot run on this processor.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.doctor.json_object import as_json
from llamachat.cli.doctor.report import Report, gather
from llamachat.cli.doctor.text import as_text
from llamachat.cli.doctor.verdict import judge
from llamachat.cli.failure import say
from llamachat.cli.status_line import StatusLine
from llamachat.errors import ExitCode, LlamaChatError
from llamachat.hardware.terminal import read_terminal

PAUSE = 0.3
"""seconds before a step is announced: most are done by then"""


def run(argv: Sequence[str]) -> int:
    """The command after `llamachat doctor`; returns its exit code."""
    arguments = parser().parse_args(argv)
    if sys.stdout is None:
        raise LlamaChatError("Standard output is closed.", "Redirect it: > report.txt")
    if arguments.rebuild:
        from llamachat.install.engine_build import rebuild_engine

        rebuild_engine(say=say, force=True)
    report = _examine()
    verdict = judge(report)
    if arguments.json:
        text = json.dumps(as_json(report, verdict), indent=2) + "\n"
    else:
        text = as_text(report, verdict)
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    return verdict.exit_code


def parser() -> Parser:
    """The flags of the command."""
    made = Parser(
        "llamachat doctor",
        description="What this machine can do, what the engine makes of it, what could be better.",
        epilog=f"Exit codes: {ExitCode.OK:d} the engine runs, {ExitCode.ENGINE:d} it is missing "
        f"or broken, {ExitCode.CPU:d} it cannot run on this processor.",
    )
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    made.add_argument(
        "--rebuild",
        action="store_true",
        help="first build the engine anew for this machine (some minutes); "
        "LLAMACHAT_CMAKE_ARGS adds to CMake's flags",
    )
    return made


def _examine() -> Report:
    """Gather the report; on a terminal one line tells of a step that takes a while."""
    terminal = read_terminal()
    line = StatusLine(sys.stderr, enabled=terminal.stderr and not terminal.dumb, delay=PAUSE)
    try:
        return gather(line.update)
    finally:
        line.clear()
