"""Runs pip in this interpreter's environment, with progress and an error worth reading.

Knows how a long build reports itself ("[57/140]" from ninja); it does not know what is built.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from llamachat.errors import LlamaChatError

Say = Callable[[str], None]

QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_COLOR": "1"}
SHOWN_LINES = 12

COMPLAINT = re.compile(r"error:|CMake Error|FAILED:|No matching distribution", re.IGNORECASE)
"""Lines that say why a build failed; pip prints many others after them."""


class PipFailed(LlamaChatError):
    """pip is missing, or what it was asked for could not be installed."""


def check_pip() -> None:
    """
    Raises:
        PipFailed: pip is not in this environment; with the command that brings it.
    """
    if importlib.util.find_spec("pip"):
        return
    prefix = Path(sys.prefix)
    if (prefix / "uv-receipt.toml").exists():
        hint = f"Run: uv pip install --python {shlex.quote(sys.executable)} pip"
    elif (prefix / "pipx_metadata.json").exists():
        hint = "Run: pipx upgrade-shared && pipx reinstall llamachat"
    else:
        hint = f"Run: {shlex.quote(sys.executable)} -m ensurepip"
    raise PipFailed("pip is not installed in this environment.", hint)


def run_pip(
    arguments: Sequence[str],
    *,
    log: Path,
    environ: Mapping[str, str] = os.environ,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Runs pip to its end, all output into `log`; `progress` gets (steps done, all steps).

    Raises:
        PipFailed: with the last lines of its output.
    """
    check_pip()
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", *arguments]
    # A session of its own: an interrupt reaches the compilers below pip through us, once.
    process = subprocess.Popen(
        command,
        env={**environ, **QUIET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        with _interruptible():
            words = _follow(process, log, progress)
            returncode = process.wait()
    except BaseException:
        _stop(process)
        raise
    if returncode != 0:
        message = f"pip failed ({shlex.join(arguments[:2])} …):\n" + "\n".join(words)
        raise PipFailed(message, f"All of its output: {log}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Lets a termination or a closed terminal end the build as Ctrl+C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _follow(
    process: subprocess.Popen[str], log: Path, progress: Callable[[int, int], None] | None
) -> list[str]:
    """Copies pip's output into the log; returns its complaints, or else its last lines."""
    tail: deque[str] = deque(maxlen=SHOWN_LINES)
    complaints: deque[str] = deque(maxlen=SHOWN_LINES)
    assert process.stdout is not None
    with log.open("w", encoding="utf-8") as sink:
        for line in process.stdout:
            sink.write(line)
            shown = line.strip()[:300]
            tail.append(shown)
            if COMPLAINT.search(line):
                complaints.append(shown)
            step = re.match(r"\s*\[(\d+)/(\d+)\] ", line)
            if step and progress:
                progress(int(step[1]), int(step[2]))
    return list(complaints or tail)


def _stop(process: subprocess.Popen[str]) -> None:
    """Lets pip clean up for a few seconds, then ends it and all that it started."""
    for number, patience in ((signal.SIGINT, 5.0), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
