"""Opens a file in the editor of the person: $VISUAL, $EDITOR, or the first one there is.

Knows nothing of what the file holds.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from llamachat.errors import LlamaChatError, UsageError

_USUAL = ("sensible-editor", "nano", "vim", "vi")
_HINT = "Name another one: EDITOR=nano"


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
            f"The editor {command[0]} cannot be started: {error.strerror or error}.", _HINT
        ) from None
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the editor's meanwhile
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        raise LlamaChatError(f"The editor {command[0]} ended with code {code}.", _HINT)


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The words of the command; $VISUAL may have flags.

    Raises:
        UsageError: none is named and none of the usual ones is installed.
    """
    named = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError as error:
        raise UsageError(f"$VISUAL or $EDITOR cannot be read: {error}.", _HINT) from None
    if words:
        return words
    found = next((name for name in _USUAL if shutil.which(name)), None)
    if found is None:
        raise UsageError("No editor is named, and none of the usual ones is here.", _HINT)
    return [found]
