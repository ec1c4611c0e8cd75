"""A text through the person's own editor, the terminal lent to it. Knows nothing of drafts."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from llamachat.editor import HINT, editor_command
from llamachat.errors import UsageError

MAX_BYTES = 16 << 20
"""of what is read back"""


def edited_in(app: App[Any], text: str) -> str:
    """What the editor made of the text, while the app stood aside.

    Raises:
        UsageError: the terminal cannot be lent, or what `edited` raises.
    """
    refused: UsageError | None = None
    try:
        with app.suspend():
            try:  # Textual 8.2 stays aside for ever where something is raised in here
                text = edited(text)
            except UsageError as error:
                refused = error
    except SuspendNotSupported:
        raise UsageError("This terminal cannot be lent to an editor.") from None
    if refused is not None:
        raise refused
    return text


def edited(text: str) -> str:
    """What the editor made of the text; the terminal must be free.

    Raises:
        UsageError: there is no editor, or it failed; what it wrote is not looked at.
    """
    command = editor_command(os.environ)
    handle, name = tempfile.mkstemp(prefix="llamachat-", suffix=".md")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        _run([*command, name])
        with path.open("rb") as written:
            data = written.read(MAX_BYTES)
    except OSError as error:
        raise UsageError(f"The editor {command[0]} did not run: {error.strerror}.", HINT) from None
    finally:
        path.unlink(missing_ok=True)
    return data.decode("utf-8", errors="replace").removesuffix("\n").removesuffix("\r")


def _run(command: list[str]) -> None:
    with _interrupts_are_the_editors():
        code = subprocess.run(command, check=False).returncode
    if code:
        how = f"exit code {code}" if code > 0 else signal.Signals(-code).name
        raise UsageError(f"The editor {command[0]} ended with {how}; the draft is as it was.")


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """Ctrl+C in the editor reaches us too; a handler, because an ignored signal is inherited."""
    former = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
