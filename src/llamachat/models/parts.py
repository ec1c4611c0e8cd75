"""The files of one model: a GGUF, or all parts of a split one (name-00001-of-00003.gguf).

Works by names; headers are checked by who reads them.
"""

from __future__ import annotations

import re
from pathlib import Path

MAX_PARTS = 512
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf", re.DOTALL)


def parts_of(path: Path) -> tuple[Path, ...]:
    """All files of the model that `path` belongs to, in order, whether they are there or not."""
    found = _PART.fullmatch(path.name)
    if found is None:
        return (path,)
    stem, index, count = found[1], int(found[2]), int(found[3])
    if not 1 <= index <= count <= MAX_PARTS:
        return (path,)
    return tuple(
        path.with_name(f"{stem}-{number:05}-of-{count:05}.gguf") for number in range(1, count + 1)
    )


def model_stem(path: Path) -> str:
    """The name of the file without its ending, nor its number where it is one of several."""
    found = _PART.fullmatch(path.name)
    return found[1] if found else path.stem
