"""Opens a file in the editor of the person.

Knows nothing of what the file holds.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from llamachat.editor import HINT, editor_command
from llamachat.errors import LlamaChatError, UsageError


def edit(path: Path) -> None:
    """Wait until the person has closed the file.

    Raises:
        UsageError: there is no editor, or it cannot be started.
        LlamaChatError: it failed.
    """
    command = editor_command(os.environ)
    try:
        process = subprocess.Popen([*command, str(path)])
    except OSError as error:
        raise UsageError(
            f"The editor {command[0]} cannot be started: {error.strerror or error}.", HINT
        ) from None
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the editor's meanwhile
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        raise LlamaChatError(f"The editor {command[0]} ended with code {code}.", HINT)
