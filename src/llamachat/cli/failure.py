"""The one place where an error becomes a sentence on standard error and an exit code.

Errors made for people are printed with their hint; anything else is a fault of ours: its traceback
goes to a log file and one sentence names that file. Knows nothing of what was being done.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from llamachat.errors import ExitCode, LlamaChatError
from llamachat.paths import state_dir
from llamachat.sanitize import for_terminal

MAX_CRASH_LOGS = 20
"""older ones are deleted"""


def run_guarded(body: Callable[[], int], *, debug: bool) -> int:
    """Run a command; returns its exit code, whatever it raises."""
    try:
        code = body()
        if sys.stdout is not None:
            sys.stdout.flush()
    except LlamaChatError as error:
        code = report(error)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        code = _reader_gone()
    except Exception as error:  # noqa: BLE001  the boundary: a fault of ours must not be a traceback
        code = _crashed(error, debug)
    return int(code)


def report(error: LlamaChatError) -> int:
    """Print an error made for people; returns its exit code."""
    lines = [f"llamachat: {error.message}", error.hint]
    say("\n".join(line for line in lines if line))
    return int(error.exit_code)


def say(text: str) -> None:
    """One line or more on standard error; a closed one is no reason to fail."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(for_terminal(text) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # nobody is listening, and there is nowhere else to say it


def _reader_gone() -> int:
    """Nothing more can be written: point stdout away, or its last flush complains at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return ExitCode.BROKEN_PIPE  # stdout is closed already
    return ExitCode.BROKEN_PIPE


def _crashed(error: Exception, debug: bool) -> int:
    trace = "".join(traceback.format_exception(error))
    if debug:
        say(trace.rstrip())
    try:
        where = f"The details are in {_write_log(trace)}"
    except OSError as failure:
        where = f"The details could not be written ({failure}): run it again with -v to see them."
    say(f"llamachat: Unexpected {type(error).__name__}: {error}.\n{where}")
    return ExitCode.FAILURE


def _write_log(trace: str) -> Path:
    folder = state_dir() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    partial = path.with_suffix(".part")
    partial.write_text(trace, encoding="utf-8", errors="backslashreplace")
    partial.replace(path)
    for old in sorted(folder.glob("crash-*.log"))[:-MAX_CRASH_LOGS]:
        old.unlink(missing_ok=True)
    return path
