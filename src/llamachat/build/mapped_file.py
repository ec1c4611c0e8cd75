"""Maps a file of weights into memory, read only, or says why it cannot be.

Every format of weights is opened here, so folders, pipes, empty files and Git LFS pointers are
told apart in one place. Knows nothing of what is in the file.
"""

from __future__ import annotations

import mmap
import stat
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

import numpy as np

from llamachat.build.tensor_file import MAX_DIMS, MAX_WEIGHTS, NUMPY_TYPES, Rows, StoredTensor
from llamachat.errors import ModelError
from llamachat.gguf import foreign

_LFS = b"version https://git-lfs.github.com/spec/"
Contents = tuple[dict[str, StoredTensor], dict[str, str]]


class MappedFile(ABC):
    """An opened file of tensors, whatever its format; it stays mapped until it is closed."""

    def __init__(self, path: Path) -> None:
        """Map the file and read its table of contents.

        Raises:
            ModelError: it is missing, damaged or of another format.
        """
        self.path = path
        self._mapped = map_file(path)
        self.tensors: Mapping[str, StoredTensor]
        self.others: Mapping[str, str]
        try:
            self.tensors, self.others = self._contents()
        except BaseException:
            close_mapping(self._mapped)
            raise

    @abstractmethod
    def _contents(self) -> Contents:
        """Tensors of float types, and the types of all others in words."""

    def close(self) -> None:
        self.tensors = {}
        close_mapping(self._mapped)


def map_file(path: Path) -> mmap.mmap:
    """The bytes of the file at `path`.

    Raises:
        ModelError: it is missing, empty, unreadable, no regular file or only a pointer to one.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would block for ever
            raise ModelError(f"{path} is not a regular file.", "Give a file of weights.")
        with path.open("rb") as file:
            head = file.read(512)
            if not head:
                raise ModelError(f"{path} is empty.", "Get it again from where it came from.")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise ModelError(f"There is no file {path}.", "Get all files of the model.") from None
    except OSError as error:
        raise unreadable(path, error) from error
    if head.startswith(_LFS):
        raise foreign.explain(path, head, b"", len(mapped))
    return mapped


def map_tensor(
    mapped: mmap.mmap,
    name: str,
    dtype: str,
    shape: tuple[int, ...],
    offset: int,
    strides: tuple[int, ...] | None = None,
) -> StoredTensor:
    """A tensor whose place in the file has been checked; `offset` and `strides` in bytes."""
    kind = NUMPY_TYPES[dtype]
    view: Rows = np.ndarray(shape, kind, buffer=mapped, offset=offset, strides=strides)
    return StoredTensor(name, dtype, shape, view)


def n_weights(shape: tuple[int, ...]) -> int | None:
    """Weights of a tensor of that shape; None where no tensor has such a shape."""
    count = 1
    if len(shape) > MAX_DIMS:
        return None
    for extent in shape:
        if extent < 0 or extent > MAX_WEIGHTS:
            return None
        count *= extent
    return count if count <= MAX_WEIGHTS else None


def close_mapping(mapped: mmap.mmap) -> None:
    """Unmap now, or when the last view of it is gone: Python refuses to pull it away."""
    try:
        mapped.close()
    except BufferError:
        return


def unreadable(path: Path, error: OSError) -> ModelError:
    hint = f"chmod +r {quote(str(path))}" if isinstance(error, PermissionError) else ""
    return ModelError(f"{path} cannot be read: {error.strerror or error}.", hint)


def damaged(path: Path, what: str) -> ModelError:
    """The file is of the format it seems, but `what` cannot be true of a whole one."""
    return ModelError(f"{path} is damaged: {what}.", "Get it again from where it came from.")


def shown(name: str) -> str:
    """A name out of a file, fit for a message whatever it is."""
    return ascii(name if len(name) <= 80 else f"{name[:77]}...")
