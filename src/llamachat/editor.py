"""The person's editor: what $VISUAL or $EDITOR names, or else the first usual one there is.

Finds its command; to start it is for those who have the terminal.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping

from llamachat.errors import UsageError

HINT = "Name another one: export EDITOR=nano"

_USUAL = ("sensible-editor", "nano", "vim", "vi")


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The words of the command, flags among them.

    Raises:
        UsageError: none is named and none of the usual ones is installed.
    """
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environ.get(name, ""))
        except ValueError as error:
            raise UsageError(f"${name} cannot be read: {error}.", HINT) from None
        if words:
            return words
    found = next(filter(shutil.which, _USUAL), None)
    if found is None:
        raise UsageError("No editor is named, and none of the usual ones is here.", HINT)
    return [found]
