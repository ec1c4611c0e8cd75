"""What a model may be called in the library: letters and signs that need no quotes, each once.

Knows manifests; nothing of files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from llamachat.bundled import BOB
from llamachat.errors import UsageError
from llamachat.hardware.places import is_there
from llamachat.models.library import is_source
from llamachat.models.manifest import Manifest, manifests

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")


def usual_name(stem: str) -> str:
    """The nearest name to that of a file."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", stem).strip("-.+_")[:100] or "model"


def check_name(name: str, own: Sequence[Path]) -> None:
    """Refuse what cannot be a name, and what is the name of another model.

    Args:
        own: the files that are to be called so.

    Raises:
        UsageError: with what to do about it.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} can not be the name of a model.",
            "Use letters, digits, dots, dashes and underscores, 100 at most: --name my-model",
        )
    if name.casefold() == BOB.stem:
        raise UsageError(
            f"{name} is the model that comes with llamachat.", "Choose another name: --name my-bob"
        )
    real = {os.path.realpath(path) for path in own}
    for manifest in manifests():
        if _is_called(manifest, name) and os.path.realpath(manifest.path) not in real:
            raise UsageError(
                f"There is a model {name} already: {manifest.path}.",
                "Choose another name with --name NAME, or remove that one: "
                f"llamachat models rm {name}",
            )


def _is_called(manifest: Manifest, name: str) -> bool:
    """A model or an adapter that is here; files of original weights keep the names they have."""
    alike = manifest.name.casefold() == name.casefold()
    return alike and not is_source(manifest) and is_there(manifest.path)
