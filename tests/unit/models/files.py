"""Small model files, lists of checksums and llamafiles, made by hand."""

from __future__ import annotations

import zipfile
from hashlib import md5, sha256
from pathlib import Path

from tests.unit.gguf import craft

SMALL = craft.small()


def write(path: Path, content: bytes = SMALL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def sha(content: bytes = SMALL) -> str:
    return sha256(content).hexdigest()


def md5_of(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()


def sums(folder: Path, name: str, **digests: str) -> Path:
    """A list of checksums; `weights_pth` stands for weights.pth."""
    lines = [f"{digest}  {file.replace('_', '.')}\n" for file, digest in digests.items()]
    return write(folder / name, "".join(lines).encode())


def llamafile(
    path: Path,
    members: dict[str, bytes],
    *,
    program: bytes = b"MZqFpD='\n" + bytes(500),
    packed: bool = False,
) -> Path:
    """A program with an archive behind it."""
    write(path, program)
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "a", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
