"""Where the results of a build go, and what they are called.

A file has the name of its source and its type, as llama.cpp's converter names files, unless the
person says otherwise. What is in the way is told before anything is read. Knows nothing of weights.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llamachat.errors import UsageError
from llamachat.hardware.disk import existing_folder
from llamachat.hardware.places import expanded, is_folder, is_there
from llamachat.models.names import check_name, usual_name
from llamachat.paths import data_dir

_SUFFIX = ".gguf"
_PLACEHOLDERS = ("{ftype}", "{FTYPE}")
"""of convert_hf_to_gguf.py's --outfile"""


@dataclass(frozen=True, slots=True)
class Result:
    """One file to be built."""

    name: str
    """in the library"""
    path: Path


def built_folder() -> Path:
    """Where the library keeps what was built."""
    return data_dir() / "built"


def plan_results(
    types: Sequence[str], base_name: str | None, *, n_asked: int = 1, name: str = "", out: str = ""
) -> list[Result]:
    """A name and a place for each type.

    Args:
        types: of all files, in the order of the recipe.
        base_name: what the source is called; None where that is not known yet: then only those are
            planned that do not need it.
        n_asked: so many types were asked for; what follows them comes along.
        name: what the person wants it to be called.
        out: a file or a folder; the library's own where empty.

    Raises:
        UsageError: several types are to go into one file, or it is no name of a model's file.
    """
    file = _asked_file(out)
    if file and n_asked > 1 and not any(sign in out for sign in _PLACEHOLDERS):
        raise UsageError(
            f"{out} is one file, and {n_asked} types are asked for.",
            "Give a folder (it ends with /), or a name with {ftype} in it.",
        )
    folder = expanded(out) if out else built_folder()
    if base_name is None and not (name or file):
        return []
    found = []
    for number, kind in enumerate(types):
        alone = n_asked == 1 and number == 0
        path = _filled(file, kind, alone) if file else None
        stem = name if name and alone else f"{name or usual_name(base_name or '')}-{kind}"
        path = path or folder / f"{stem}{_SUFFIX}"
        found.append(Result(stem if name else usual_name(path.stem), path.absolute()))
    return found


def check_results(results: Sequence[Result], *, force: bool) -> None:
    """Refuse what is in the way.

    Raises:
        UsageError: a file is there and may not be replaced, a name is taken, or nothing can be
            written there.
    """
    for result in results:
        path = result.path
        check_name(result.name, [path])
        if is_folder(path):
            raise UsageError(f"{path} is a folder.", "End its name with /, or choose another.")
        if is_there(path) and not force:
            raise UsageError(
                f"{path} is there already.",
                "Build it anew in its place with --force, or choose another name with --name or "
                "--out.",
            )
        where = existing_folder(path.parent)
        if not is_folder(where) or not os.access(where, os.W_OK | os.X_OK):
            raise UsageError(
                f"Nothing can be written into {where}.", "Choose another folder with --out."
            )


def _asked_file(out: str) -> str:
    """What was given, where it is the name of a file."""
    if not out or out.endswith(("/", os.sep)) or is_folder(expanded(out)):
        return ""
    if not out.endswith(_SUFFIX):
        raise UsageError(
            f"{out} is no folder, and the name of a model's file ends with {_SUFFIX}.",
            f"A file: --out {out}{_SUFFIX}; a new folder: --out {out}/",
        )
    return out


def _filled(file: str, kind: str, alone: bool) -> Path:
    name = file.replace("{ftype}", kind.lower()).replace("{FTYPE}", kind)
    path = expanded(name)
    return path if alone or name != file else path.with_name(f"{path.stem}-{kind}{_SUFFIX}")
