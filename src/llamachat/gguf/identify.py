"""Opens a GGUF file, or says what the file is instead: one error, one sentence, one way forward.

People point at folders, Git LFS pointers, web pages saved under a model's name, formats of 2023,
PyTorch and safetensors files; each is recognised by its first bytes (and a program with a model
inside by its last). At most 68 KB are read. Knows nothing of what follows a GGUF's version number.
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from shlex import quote
from typing import BinaryIO

from llamachat.errors import ModelError
from llamachat.gguf import foreign

MAGIC = b"GGUF"
VERSIONS = (2, 3)
_HEAD = 4096
_TAIL = 65536


def open_gguf(path: Path) -> tuple[BinaryIO, int]:
    """Open a GGUF file of a version and byte order that can be read; returns it and its size.

    Raises:
        ModelError: it is missing, unreadable or something else; the error says what.
    """
    _require_file(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        size = os.fstat(file.fileno()).st_size
        head = file.read(_HEAD)
        tail = b"" if head.startswith(MAGIC) else _tail(file, size)
        _require_gguf(path, head, tail, size)
        file.seek(0)
    except OSError as error:
        file.close()
        raise _unreadable(path, error) from error
    except ModelError:
        file.close()
        raise
    return file, size


def damaged(path: Path, what: str) -> ModelError:
    """The file is a GGUF, but `what` can not be true of a whole one."""
    return ModelError(f"{path} is damaged: {what}.", "Download it again and verify its checksum.")


class CutOff(ModelError):
    """The file ends too early; `expected` is the size it should have, 0 where that is not known."""

    def __init__(self, path: Path, size: int, expected: int = 0) -> None:
        should = f" and should have {expected:,}" if expected else " and ends inside its header"
        super().__init__(
            f"{path} is cut off: it has {size:,} bytes{should}.",
            "The download was probably interrupted; fetch it again.",
        )
        self.expected = expected


def _require_file(path: Path) -> None:
    """Refuse what must not even be opened: a pipe would block for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError:  # a zero byte in the name
        raise ModelError(f"{str(path)!r} is not a file name.") from None
    if stat.S_ISDIR(mode):
        raise _folder(path)
    if not stat.S_ISREG(mode):
        raise ModelError(f"{path} is not a regular file.", "Give the path of a .gguf file.")


def _missing(path: Path) -> ModelError:
    if path.is_symlink():
        return ModelError(
            f"{path} is a link to {path.readlink()}, which is not there.",
            "Download the model again, or give the path of another .gguf file.",
        )
    near = _models_in(path.parent)
    hint = f"In that folder there is {near[0]}." if near else "Give the path of a .gguf file."
    return ModelError(f"There is no file {path}.", hint)


def _folder(path: Path) -> ModelError:
    models = _models_in(path)
    if models:
        hint = f"Give a file in it: -m {quote(str(path / models[0]))}"
    elif any((path / name).is_file() for name in ("config.json", "params.json")):
        hint = foreign.build_hint(path)
    elif (path / "adapter_config.json").is_file():
        adapter = quote(str(path))
        hint = f"It is an adapter: llamachat build MODEL --type q4_0 --adapter {adapter}"
    else:
        hint = "Give the path of a .gguf file."
    return ModelError(f"{path} is a folder, not a model file.", hint)


def _models_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith(".gguf"))
    except OSError:  # no such folder either: there is nothing to suggest
        return []


def _unreadable(path: Path, error: OSError) -> ModelError:
    hint = f"chmod +r {quote(str(path))}" if isinstance(error, PermissionError) else ""
    return ModelError(f"{path} can not be read: {error.strerror or error}.", hint)


def _tail(file: BinaryIO, size: int) -> bytes:
    file.seek(max(size - _TAIL, 0))
    return file.read(_TAIL)


def _require_gguf(path: Path, head: bytes, tail: bytes, size: int) -> None:
    if not head:
        raise ModelError(f"{path} is empty.", "Download it again.")
    if not head.startswith(MAGIC):
        raise foreign.explain(path, head, tail, size)
    if len(head) < 8:
        raise CutOff(path, size)
    version, swapped = struct.unpack("<I", head[4:8])[0], struct.unpack(">I", head[4:8])[0]
    if version in VERSIONS:
        return
    if version == 1:
        raise ModelError(
            f"{path} is a GGUF of version 1, which llama.cpp no longer reads.",
            "Get a newer file of the same model.",
        )
    if 0 < swapped <= 0xFFFF:
        raise ModelError(
            f"{path} is a GGUF for big-endian machines.",
            "Get the ordinary (little-endian) file of the same model.",
        )
    if version > VERSIONS[-1] and version <= 0xFFFF:
        raise ModelError(
            f"{path} is a GGUF of version {version}; version {VERSIONS[-1]} is the newest known.",
            "Update llamachat, or get an older file of the same model.",
        )
    raise damaged(path, f"its version number is {version}")
