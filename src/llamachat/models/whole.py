"""Whether a file of weights can be whole, where nobody says what its checksum should be.

GGUF and safetensors say in their headers how long they are, a PyTorch checkpoint ends with its
table of contents. Only headers are read, and every size in them is bounded. Nothing is executed.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from llamachat.errors import ModelError
from llamachat.gguf.foreign import is_page
from llamachat.gguf.reader import read_header

WEIGHTS = (".gguf", ".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".model")
MAX_HEADER = 100 << 20
"""bytes; what the safetensors library allows"""
_POINTER = b"version https://git-lfs.github.com/spec/"
_LOOK = 1 << 16


def fault_of(path: Path) -> str:
    """Why the file cannot be whole, as the rest of a sentence; empty where nothing speaks against.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_LOOK)
            file.seek(max(0, size - _LOOK))
            tail = file.read(_LOOK)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not head:
        return "is empty"
    if head.startswith(_POINTER):
        return "is only a Git LFS pointer, not the file"
    if is_page(head):
        return "is a web page, not the file"
    if head.startswith(b"GGUF") or path.suffix.lower() == ".gguf":
        return _gguf(path)
    if path.suffix.lower() == ".safetensors":
        return _safetensors(path, head, size)
    if head.startswith(b"PK\x03\x04") and b"PK\x05\x06" not in tail:
        return "is cut off: the end of the archive is missing"
    return ""


def _gguf(path: Path) -> str:
    try:
        read_header(path, arrays=False)
    except ModelError as error:
        return error.message.removeprefix(f"{path} ").rstrip(".")
    return ""


def _safetensors(path: Path, head: bytes, size: int) -> str:
    """Eight bytes of length, JSON of that length, then the tensors without gaps."""
    length = struct.unpack_from("<Q", head)[0] if len(head) >= 8 else MAX_HEADER + 1
    if length > MAX_HEADER:
        return "is no safetensors file: its header would be too long"
    if 8 + length > size:
        return f"is cut off inside its header: it has {size:,} bytes"
    with path.open("rb") as file:
        file.seek(8)
        data = file.read(length)
    try:
        tensors = json.loads(data)
        ends = [entry["data_offsets"][1] for name, entry in tensors.items() if name[:2] != "__"]
        end = 8 + length + max(map(int, ends), default=0)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return "is no safetensors file: its header is damaged"
    if end > size:
        return f"is cut off: it has {size:,} of {end:,} bytes"
    return "" if end == size else f"is too long: it has {size:,} bytes and should have {end:,}"
