"""A folder for what a comparison needs meanwhile: built models, probabilities.

It lies in the cache folder, is locked as long as its comparison runs, and is removed at the end;
what a killed one left is removed by the next. Knows nothing of what is put there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from llamachat.errors import LlamaChatError
from llamachat.paths import cache_dir

_PREFIX = "compare-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that is gone afterwards.

    Raises:
        LlamaChatError: it cannot be made.
    """
    home = cache_dir()
    try:
        home.mkdir(parents=True, exist_ok=True)
        _collect(home)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise LlamaChatError(
            f"Nothing can be written into {home}: {error.strerror or error}.",
            "LLAMACHAT_HOME=FOLDER moves llamachat's files.",
        ) from None
    try:
        with suppress(OSError):  # network file systems without locks: there nothing is collected
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _collect(home: Path) -> None:
    """Remove the folders that nobody holds."""
    for folder in home.glob(f"{_PREFIX}*"):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue  # gone by now, or not ours
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # its comparison runs
        finally:
            os.close(lock)
