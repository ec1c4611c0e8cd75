"""Builds one model at a time in a process of its own, while the chat goes on.

The process is `llamachat build`, which tells its progress as JSON; it yields the processor to the
chat, and ends when nobody listens any more. Posts what happens as messages. Knows no widget.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

from llamachat.errors import LlamaChatError, UsageError

if TYPE_CHECKING:
    from llamachat.models.fetch.progress import Progress

EVERY = 0.5
"""seconds between two messages of progress"""
NICE = 10
MAX_LINES = 50
"""of what is said besides progress; the last ones tell why it failed"""


class Builds:
    """What is being built. `post` may be called from any thread."""

    @dataclass
    class Progressed(Message):
        """A moment of the build."""

        progress: Progress

    @dataclass
    class Finished(Message):
        """The models are in the library; their names, the first to be used."""

        names: tuple[str, ...]

    @dataclass
    class Failed(Message):
        """There is no model, and why."""

        error: LlamaChatError

    @dataclass
    class Stopped(Message):
        """As was asked for."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._child: subprocess.Popen[str] | None = None
        self._stopped = False
        self._told_at = 0.0

    @property
    def busy(self) -> bool:
        return self._child is not None

    def start(self, words: Sequence[str]) -> None:
        """Begin; `words` are those after `llamachat build`.

        Raises:
            UsageError: another one is running, or no process can be started.
        """
        if self.busy:
            raise UsageError("A model is being built already.", "Stop it: /build cancel")
        argv = [
            sys.executable,
            "-P",
            "-m",
            "llamachat",
            "build",
            *words,
            "--json",
            "--progress-json",
        ]
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl+C in the terminal is the app's business
            )
        except OSError as error:
            raise UsageError(f"The build cannot be started: {error}.") from None
        with suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, child.pid, NICE)
        self._child, self._stopped = child, False
        threading.Thread(target=self._follow, args=(child, words[0]), daemon=True).start()

    def cancel(self) -> None:
        """End it; nothing of it stays."""
        child = self._child  # its thread forgets it when it ends
        if child is not None:
            self._stopped = True
            child.terminate()

    def _follow(self, child: subprocess.Popen[str], source: str) -> None:
        assert child.stdout is not None
        assert child.stderr is not None
        said: list[str] = []
        name = source.rstrip("/").rpartition("/")[2] or source
        for line in child.stderr:
            if line.startswith("{"):
                self._tell(name, json.loads(line))
            else:
                said = [*said, line.rstrip()][-MAX_LINES:]
                self._note(name, said[-1])
        answer = child.stdout.read()
        code = child.wait()
        child.stdout.close()
        child.stderr.close()
        self._child = None
        self._post(self._outcome(code, answer, said))

    def _outcome(self, code: int, answer: str, said: Sequence[str]) -> Message:
        if code == 0:
            results = json.loads(answer)["results"]
            return self.Finished(tuple(str(result["name"]) for result in results))
        if self._stopped:
            return self.Stopped()
        sign = "llamachat: "
        begin = max((at for at, line in enumerate(said) if line.startswith(sign)), default=0)
        message, *hint = said[begin:] or [f"The build ended with code {code}."]
        return self.Failed(LlamaChatError(message.removeprefix(sign), " ".join(hint)))

    def _note(self, name: str, said: str) -> None:
        """What comes before the build: files that are fetched."""
        from llamachat.models.fetch.progress import Progress

        self._post(self.Progressed(Progress(name, 0, 0, 0.0, None, "waiting", said)))

    def _tell(self, name: str, step: dict[str, Any]) -> None:
        from llamachat.models.fetch.progress import Progress

        now = time.monotonic()
        if now - self._told_at < EVERY:
            return
        self._told_at = now
        progress = Progress(
            name, step["done"], step["total"], float(step["rate"]), step["eta"],
            "checking" if step["stage"] == "checking" else "fetching",
        )  # fmt: skip
        self._post(self.Progressed(progress))
