"""Finds what lies where in the ZIP archive that `torch.save` writes, without unpacking it.

PyTorch stores every storage uncompressed and aligned, so a place in the archive is a place in the
mapped file. Old formats of PyTorch and everything else are named. Knows nothing of tensors.
"""

from __future__ import annotations

import mmap
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import cast

from llamachat.build.mapped_file import damaged, shown
from llamachat.errors import ModelError

MAX_DIRECTORY = 4 << 20
"""bytes of the table of contents: 50,000 storages"""

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_OLD_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""the first of the five pickles that PyTorch wrote before 1.6"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Bytes of a file of the archive."""

    offset: int
    size: int


class _Reader:
    """The mapped file, for `zipfile`, which reads as much at once as the archive claims to need."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped = mapped
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + {0: 0, 1: self._at, 2: len(self._mapped)}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, count: int = -1) -> bytes:
        count = max(0, len(self._mapped) - self._at) if count < 0 else count
        if count > MAX_DIRECTORY:
            raise zipfile.BadZipFile("its table of contents is too long")
        data = self._mapped[self._at : self._at + count]
        self._at += len(data)
        return data


def read_archive(path: Path, mapped: mmap.mmap) -> dict[str, Entry]:
    """Every file of the archive but for its folder's name: data.pkl, data/0, …

    Raises:
        ModelError: it is no checkpoint of PyTorch, an old one or damaged.
    """
    if mapped[:4] != b"PK\x03\x04":
        raise _not_an_archive(path, mapped)
    try:
        with zipfile.ZipFile(cast("zipfile._ZipReadable", _Reader(mapped))) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error):
        raise damaged(path, "its table of contents, at the end, is missing or wrong") from None
    folders = [info.filename[:-8] for info in infos if info.filename.endswith("data.pkl")]
    if len(folders) != 1:
        raise ModelError(
            f"{path} is a ZIP archive, but not one that PyTorch made.", "Give a file of weights."
        )
    entries: dict[str, Entry] = {}
    for info in infos:
        name = info.filename.removeprefix(folders[0])
        if name in entries:
            raise damaged(path, f"it holds {shown(name)} twice")
        entries[name] = _entry(path, mapped, info)
    return entries


def _entry(path: Path, mapped: mmap.mmap, info: zipfile.ZipInfo) -> Entry:
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        raise ModelError(
            f"{path} is packed: PyTorch stores weights as they are.",
            f"Unpack and store it anew: unzip {quote(str(path))} && zip -0 -r model.pth archive",
        )
    head = mapped[info.header_offset : info.header_offset + _LOCAL_HEADER.size]
    if info.header_offset < 0 or len(head) < _LOCAL_HEADER.size or head[:4] != b"PK\x03\x04":
        raise damaged(path, f"{shown(info.filename)} is not where it should be")
    _, name_length, extra_length = _LOCAL_HEADER.unpack(head)
    offset = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    if offset + info.file_size > len(mapped) or info.file_size != info.compress_size:
        raise damaged(path, f"{shown(info.filename)} reaches beyond its end")
    return Entry(offset, info.file_size)


def _not_an_archive(path: Path, mapped: mmap.mmap) -> ModelError:
    head = mapped[:512]
    if head.startswith(_OLD_MAGIC[:12]) or b"ustar" in head[257:263]:
        return ModelError(
            f"{path} is in the format that PyTorch wrote before 1.6 (2020), a chain of pickles "
            "that is not read here.",
            "Where PyTorch is installed and the file is trusted, store it anew: python -c "
            f'"import torch; name = {str(path)!r}; torch.save(torch.load(name), name)"',
        )
    if head[:1] == b"\x80":
        return ModelError(
            f"{path} is a Python pickle, not a checkpoint that torch.save wrote; it is not opened.",
            "Give weights as safetensors or as PyTorch's ZIP archive.",
        )
    return ModelError(
        f"{path} is not a PyTorch checkpoint, whatever its name says: it begins with the bytes "
        f"{head[:8].hex(' ')}.",
        "Get it again from where it came from.",
    )
