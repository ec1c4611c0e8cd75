"""A real terminal with a shell in it: type, paste, resize, and read what is on the screen.

Drives a tmux server of its own, so that nothing of the person's tmux is touched. Knows nothing of
llamachat.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import psutil

TMUX = shutil.which("tmux")
PATIENCE = 30.0
"""seconds: the machine may be busy"""
LOOK = 0.05
"""seconds between two looks at the screen"""


class Tmux:
    """One window of one session. `socket` is where the server listens."""

    def __init__(
        self, socket: Path, environment: Mapping[str, str], *, columns: int = 120, rows: int = 36
    ) -> None:
        self._socket = socket
        self._environment = {**environment, "TMUX": ""}
        size = ("-x", str(columns), "-y", str(rows))
        self._tmux("-f", os.devnull, "new-session", "-d", *size, "sh")
        self._tmux("set-option", "-g", "history-limit", "10000")

    def __enter__(self) -> Tmux:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tmux("kill-server")

    def run(self, command: str) -> None:
        """Type a command line; when it ends the screen says "exit code N"."""
        self.type(f'{command}; echo "exit code $?"')
        self.press("Enter")

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """By tmux's names: Enter, Escape, C-q, F2."""
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        """As from the clipboard: between the marks of bracketed paste, where they are on."""
        self._tmux("load-buffer", "-", stdin=text)
        self._tmux("paste-buffer", "-p", "-r")

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self) -> str:
        """What can be seen, without spaces at the ends of lines."""
        return self._tmux("capture-pane", "-p")

    def scrollback(self) -> str:
        """What can be seen and what has scrolled out of view; wrapped lines in one piece."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-")

    def state(self, name: str) -> str:
        """A variable of tmux's about the terminal: mouse_any_flag, alternate_on."""
        return self._tmux("display-message", "-p", f"#{{{name}}}").strip()

    def wait_until(self, holds: Callable[[str], object], what: str) -> str:
        """The screen, as soon as something holds of it; `what` says it in words."""
        deadline = time.monotonic() + PATIENCE
        while not holds(screen := self.screen()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not in\n{screen}")
            time.sleep(LOOK)
        return screen

    def wait_for(self, sign: str) -> str:
        """The screen, as soon as it shows these words."""
        return self.wait_until(lambda screen: sign in screen, sign)

    def process(self, sign: str) -> psutil.Process:
        """The process below the shell whose command line contains these words."""
        shell = psutil.Process(int(self.state("pane_pid")))
        for process in shell.children(recursive=True):
            if sign in " ".join(process.cmdline()):
                return process
        raise AssertionError(f"no process with {sign!r} in its command line")

    def _tmux(self, *arguments: str, stdin: str = "") -> str:
        assert TMUX is not None
        done = subprocess.run(
            [TMUX, "-u", "-S", str(self._socket), *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env=self._environment,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
