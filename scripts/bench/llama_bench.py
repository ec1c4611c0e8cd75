"""llama-bench one repetition at a time, so that others take their turns between two of them.

llama-bench runs a test once more for each time its size is named, on the same loaded model, and
waits before each as `--delay` says. In that pause it is stopped (SIGSTOP), which costs the
measurement nothing: its warm-up and its clock come after. Knows no rates but those it prints.
"""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import IO

_PAUSE = 2
"""seconds of `--delay`, which counts in whole ones"""

_SETTLED = 1.0
"""seconds after "starting", while a context is made, until the pause has begun"""

_PR_SET_PDEATHSIG = 1
"""include/uapi/linux/prctl.h"""

_LAST_WORDS = 20
"""lines of its messages that are kept for an error"""


class LlamaBench:
    """A row of llama-bench: prefill or decode of so many tokens, at a depth, `turns` times."""

    def __init__(
        self, program: Path, model: Path, threads: int, *, n_prompt: int, n_gen: int, depth: int,
        turns: int,
    ) -> None:  # fmt: skip
        self._child = subprocess.Popen(
            [
                *(str(program), "-m", str(model), "-t", str(threads), "-r", "1", "-o", "jsonl"),
                *("--progress", "--delay", str(_PAUSE), "-d", str(depth)),
                *("-p", _times(n_prompt, turns), "-n", _times(n_gen, turns)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_end_with_parent,
        )
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._starting = threading.Semaphore(0)
        assert self._child.stderr is not None
        threading.Thread(target=self._listen, args=(self._child.stderr,), daemon=True).start()
        self._left = turns
        self._stop_in_the_pause()

    def __enter__(self) -> LlamaBench:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.send_signal(signal.SIGCONT)
        self._child.kill()
        self._child.wait()

    def turn(self) -> float:
        """Tokens per second of the next repetition."""
        assert self._child.stdout is not None
        self._child.send_signal(signal.SIGCONT)
        line = self._child.stdout.readline()
        if not line:
            sys.exit("llama-bench failed:\n" + "".join(self._words))
        self._left -= 1
        if self._left:
            self._stop_in_the_pause()
        return float(json.loads(line)["avg_ts"])

    def _stop_in_the_pause(self) -> None:
        self._starting.acquire()
        if self._child.poll() is not None:
            sys.exit("llama-bench failed:\n" + "".join(self._words))
        time.sleep(_SETTLED)
        self._child.send_signal(signal.SIGSTOP)

    def _listen(self, messages: IO[str]) -> None:
        """Notice each start; a program that ends says so too, so that nobody waits for ever."""
        for line in messages:
            self._words.append(line)
            if line.rstrip().endswith(": starting"):
                self._starting.release()
        self._child.wait()
        self._starting.release()


def _end_with_parent() -> None:
    """A stopped program that nobody wakes would keep its memory; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _times(size: int, turns: int) -> str:
    return ",".join([str(size)] * turns) if size else "0"
