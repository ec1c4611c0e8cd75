"""The files that a person means by a name of the library, or by a path.

A file that is there wins over a name, and a name over a folder. Opens nothing.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.models.library import library_file
from llamachat.models.parts import parts_of


def chosen_files(text: str) -> tuple[Path, ...]:
    """A folder, or all files of one model; a file that is remembered need not be there.

    Raises:
        ModelError: there is neither such a file nor a model of that name.
    """
    path = library_file(text)
    return (path,) if path.is_dir() else parts_of(path)
