"""Holds a folder of Meta's against the checklist.chk that came with it, before anything is built.

A download of 13 GB that broke looks like a model until it speaks. Reading all of it takes a while,
so progress is told. Knows nothing of what is in the files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from llamachat.errors import ModelError
from llamachat.models.checksum import digest_file, read_sums
from llamachat.models.mismatch import explain

CHECKLIST = "checklist.chk"
OnFile = Callable[[Path, int, int], object]
"""called with a file, the bytes of it that are hashed, and all of them"""


def verify_checklist(folder: Path, on_file: OnFile | None = None) -> int:
    """Verify every file that the checklist names; returns how many, 0 where there is no list.

    Raises:
        ModelError: a file is missing or cannot be read.
        DownloadError: a file is not what the list says.
    """
    checklist = folder / CHECKLIST
    if not checklist.is_file():
        return 0
    sums = read_sums(checklist)
    for expected in sums:
        path = folder / expected.name
        if not path.is_file():
            raise ModelError(
                f"{path} is missing, and {CHECKLIST} names it.",
                "Get it from where the others came.",
            )

        def tell(done: int, total: int, path: Path = path) -> None:
            if on_file is not None:
                on_file(path, done, total)

        digest = digest_file(path, expected.algorithm, tell)
        if digest.hex != expected.digest:
            raise explain(path, expected.digest, digest).error()
    return len(sums)
