"""Bytes copied into a new file, hashed on the way, and only in place once they are all right.

Writes beside the target and replaces it at the end; whatever fails leaves nothing. Disk space is
checked first, and what killed processes left is removed. Knows nothing of models: a check of the
finished file is passed in.
"""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from llamachat.errors import DownloadError, LlamaChatError
from llamachat.hardware.disk import read_disk
from llamachat.models.checksum import BLOCK, OnProgress

DEAD = 3600.0
"""seconds without a new byte after which nobody writes to a partial copy any more"""
SPARE = 64 << 20
"""bytes of the disk that stay free"""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of bytes in a file."""

    path: Path
    offset: int
    size: int
    crc32: int | None = None
    """what they should have, where an archive says it"""


def copy_hashed(
    span: Span,
    target: Path,
    *,
    check: Callable[[Path], object],
    on_progress: OnProgress | None = None,
) -> str:
    """Copy the span to `target`; returns the SHA-256.

    Args:
        check: called with the written file before it takes its place; what it raises ends it.

    Raises:
        LlamaChatError: the disk is full or refuses, or the source cannot be read.
        DownloadError: the bytes are not those the archive was made with.
    """
    _collect(target.parent)
    _require_space(span.size, target)
    partial = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with span.path.open("rb", buffering=0) as source, partial.open("xb") as copy:
                source.seek(span.offset)
                digest = _copy(source, copy, span, on_progress)
                copy.flush()
                os.fsync(copy.fileno())
            check(partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise LlamaChatError(
            f"{span.path} cannot be copied to {target}: {error.strerror or error}.",
            "Free some space, or check who may read and write there.",
        ) from error
    return digest


def _collect(folder: Path) -> None:
    """Remove what was left by copies that were killed; another copy may be running."""
    for partial in folder.glob(".*.part"):
        try:
            if time.time() - partial.stat().st_mtime > DEAD:
                partial.unlink()
        except OSError:  # gone meanwhile, or not ours: then it only takes room
            continue


def _require_space(size: int, target: Path) -> None:
    free = read_disk(target.parent).free
    if size + SPARE > free:
        raise LlamaChatError(
            f"{target} needs {size / 1e9:.2f} GB, and its disk has {free / 1e9:.2f} GB left.",
            "Free some space, or move llamachat's files with LLAMACHAT_HOME.",
        )


def _copy(source: BinaryIO, copy: BinaryIO, span: Span, on_progress: OnProgress | None) -> str:
    state, crc, done = hashlib.sha256(usedforsecurity=False), 0, 0
    view = memoryview(bytearray(BLOCK))
    while done < span.size:
        count = source.readinto(view[: span.size - done])  # type: ignore[attr-defined]
        if not count:
            raise DownloadError(f"{span.path} became shorter while it was copied.")
        block = view[:count]
        state.update(block)
        if span.crc32 is not None:
            crc = zlib.crc32(block, crc)
        copy.write(block)
        done += count
        if on_progress is not None:
            on_progress(done, span.size)
    if span.crc32 is not None and crc != span.crc32:
        raise DownloadError(
            f"{span.path} is damaged: the model in it has the CRC-32 {crc:08x} and should have "
            f"{span.crc32:08x}.",
            "Download it again and verify its checksum.",
        )
    return state.hexdigest()
