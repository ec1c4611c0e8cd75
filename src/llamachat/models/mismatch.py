"""A file whose checksum is not the expected one: what it probably is instead, and what to do.

Looks at the size, the first and the last 64 KiB, and the list of known files; nothing is certain
but that the bytes are others. Knows nothing of where expectations come from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from llamachat.errors import DownloadError, ModelError
from llamachat.gguf.foreign import is_page
from llamachat.gguf.identify import CutOff
from llamachat.gguf.reader import read_header
from llamachat.models.checksum import Digest, algorithm_of
from llamachat.models.known import known_by_digest

_LOOK = 1 << 16
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\nsize (?P<size>\d{1,19})\n"
)
_TEXTS = (".json", ".txt", ".md", ".jinja", ".chk", ".sha256")
_AGAIN = "Download it again from where it came from."
ALGORITHM_NAMES = {"sha256": "SHA-256", "md5": "MD5", "git-sha1": "git blob SHA-1"}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What is wrong with one file."""

    path: Path
    expected: str
    got: str
    cause: str
    """what the file probably is: the rest of a sentence that begins with its name"""
    remedy: str

    @property
    def algorithm(self) -> str:
        return ALGORITHM_NAMES[algorithm_of(self.expected)]

    def error(self) -> DownloadError:
        return DownloadError(
            f"{self.path} {self.cause}. Its {self.algorithm} should be {self.expected} and is "
            f"{self.got}.",
            self.remedy,
        )


def explain(
    path: Path, expected: str, got: Digest, *, size: int | None = None, again: str = ""
) -> Mismatch:
    """Why the file at `path` may have the checksum `got`.

    Args:
        size: bytes that the file should have, where they are known.
        again: how to get it, if there is a better way than by hand.
    """
    wanted = known_by_digest(expected)
    size = size or (wanted.size if wanted else 0)
    head, tail = _ends(path, got.size)
    cause, remedy = _cause(path, expected, got, head, tail, size)
    return Mismatch(path, expected, got.hex, cause, remedy or again or _AGAIN)


def _cause(
    path: Path, expected: str, got: Digest, head: bytes, tail: bytes, size: int
) -> tuple[str, str]:
    """What it is and, where that is special, what to do."""
    if got.size == 0:
        return "is empty", ""
    if pointer := _POINTER.match(head):
        return _pointer(path, pointer, expected)
    if is_page(head):
        return (
            "is a web page, not the file: a server answered with an error or a question",
            "Look at it in a browser; the address may be wrong, or want a login or a token.",
        )
    if other := known_by_digest(got.hex):
        old = ", in a format that llama.cpp no longer reads" if other.is_old_format else ""
        return (
            f"is a whole file, but another one: {other.title}{old}",
            "Rename it if that is the one you want; otherwise get the right one.",
        )
    if text := _short_text(path, head, got.size):
        return f"is a short text, not the file: it begins with {text!r}", ""
    return _by_size(path, got.size, size or _size_by_header(path, head), tail), ""


def _pointer(path: Path, pointer: re.Match[bytes], expected: str) -> tuple[str, str]:
    wanted = known_by_digest(expected)
    oid, sha256 = pointer["oid"].decode(), wanted.sha256 if wanted else expected
    stands = "for exactly this file" if oid == sha256 else "for another file"
    if algorithm_of(sha256) != "sha256":
        stands = "for a file"
    return (
        f"is only a Git LFS pointer; it stands {stands} of {int(pointer['size']):,} bytes",
        f"Fetch what it stands for: cd {quote(str(path.parent))} && git lfs pull",
    )


def _by_size(path: Path, size: int, expected: int, tail: bytes) -> str:
    if 0 < size < expected:
        share = min(100 * size / expected, 99.9)
        return f"is cut off: it has {size:,} of {expected:,} bytes ({share:.1f} %)"
    if 0 < expected < size:
        return f"is too long: it has {size:,} bytes and should have {expected:,}"
    if len(tail) == _LOOK and not tail.strip(b"\0"):
        return "ends in zeros: its download probably never finished"
    if expected:
        return f"has the right size, {size:,} bytes, but other bytes: it was damaged or altered"
    return f"has other bytes than it should ({size:,} of them): it is damaged, or another version"


def _size_by_header(path: Path, head: bytes) -> int:
    """The size that a cut off GGUF says it should have; 0 where nothing is said."""
    if head.startswith(b"GGUF"):
        try:
            read_header(path, arrays=False)
        except CutOff as error:
            return error.expected
        except ModelError:  # damaged in its header: no size can be trusted
            return 0
    return 0


def _short_text(path: Path, head: bytes, size: int) -> str:
    """The first line of an answer like "Entry not found"; nothing of what should be text."""
    if size > 4096 or path.suffix.lower() in _TEXTS:
        return ""
    try:
        line = head.decode("utf-8").strip().split("\n")[0].strip()
    except UnicodeDecodeError:
        return ""
    return line[:60] if line.isprintable() else ""


def _ends(path: Path, size: int) -> tuple[bytes, bytes]:
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK)
            file.seek(max(0, size - _LOOK))
            return head, file.read(_LOOK)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
