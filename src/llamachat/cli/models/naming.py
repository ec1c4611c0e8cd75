"""The files that a person means by a name of the library, or by a path.

A path that is there wins over a name. Knows manifests and Bob; opens nothing.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.bundled import bundled_model
from llamachat.errors import UsageError
from llamachat.models.manifest import manifests
from llamachat.models.parts import parts_of

LIST = "List them: llamachat models list"


def chosen_files(text: str) -> tuple[Path, ...]:
    """A folder, or all files of one model; a file that is remembered need not be there.

    Raises:
        UsageError: there is neither such a file nor a model of that name.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        return (path,)
    if path.exists() or path.is_symlink():
        return parts_of(path)
    named = [found.path for found in manifests() if text in (found.name, str(found.path))]
    if named:
        return tuple(dict.fromkeys(part for found in named for part in parts_of(found)))
    bob = bundled_model()
    if bob is not None and text == bob.stem:
        return (bob,)
    raise UsageError(f"There is no file and no model {text!r}.", LIST)
