"""Names a file that is no GGUF by its first and last bytes, and says what to do with it.

Pure: bytes in, an error out. Shows nothing of the content but one line of a text file, stripped of
control characters. Knows nothing of opening files.
"""

from __future__ import annotations

import struct
from pathlib import Path
from shlex import quote

from llamachat.errors import ModelError
from llamachat.gguf.old_formats import explain_old

_ELSEWHERE = (
    "llamachat builds from safetensors, PyTorch and llama2.c files; get the model as one of "
    "these, or a GGUF of it."
)
_GIVE = "Give the path of a .gguf file."
_AGAIN = "Download the model itself: check the address, and whether it wants a token."
_UNPACK = "Unpack it and give the .gguf file inside."

_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"algg", "a LoRA adapter in the old ggla format", "Make it again as a GGUF adapter."),
    (b"nsgg", "a saved KV state, not a model", "Give the .gguf file that it was made with."),
    (b"qsgg", "a saved KV state, not a model", "Give the .gguf file that it was made with."),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"\x89HDF\r\n", "an HDF5 file (Keras or TensorFlow)", _ELSEWHERE),
    (b"\x93NUMPY", "a NumPy array", _ELSEWHERE),
    (b"\n\x0e\n\x05<unk>", "a SentencePiece tokenizer, not a model", _GIVE),
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!")
_LLAMA2C = b"24ka"
_LFS = b"version https://git-lfs.github.com/spec/"
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--")


def explain(path: Path, head: bytes, tail: bytes, size: int) -> ModelError:
    """What the file at `path` is, given its first bytes, its last ones and its size."""
    for recognise in (_old_format, _lfs_pointer, _container, _known_beginning, _weights, _text):
        found = recognise(path, head, tail, size)
        if found is not None:
            return found
    if not head.strip(b"\0"):
        return ModelError(
            f"{path} begins with nothing but zeros: its download never finished.",
            "Fetch it again.",
        )
    hint = _GIVE
    if path.suffix == ".bin":  # which has no mark that tells it
        hint = f"If it is a checkpoint of llama2.c: llamachat build {quote(str(path))} --type q8_0"
    return ModelError(
        f"{path} is not a GGUF model: it begins with the bytes {head[:8].hex(' ')}.", hint
    )


def _old_format(path: Path, head: bytes, _tail: bytes, _size: int) -> ModelError | None:
    return explain_old(path, head)


def _lfs_pointer(path: Path, head: bytes, _tail: bytes, _size: int) -> ModelError | None:
    if not head.startswith(_LFS):
        return None
    fields = dict(line.split(b" ", 1) for line in head.splitlines() if b" " in line)
    real = fields.get(b"size", b"")
    stands = f" of {int(real):,} bytes" if real.isdigit() and len(real) < 20 else ""
    return ModelError(
        f"{path} is a Git LFS pointer; it only stands for a file{stands}.",
        f"Fetch that file: cd {quote(str(path.parent))} && git lfs pull",
    )


def _container(path: Path, head: bytes, tail: bytes, _size: int) -> ModelError | None:
    """Archives and programs; their table of contents is at the end."""
    program, archive = head.startswith(_PROGRAMS), head.startswith(b"PK\x03\x04")
    if not program and not archive:
        return None
    if b".gguf" in tail:
        what = (
            "a llamafile, a program with a GGUF inside" if program else "a ZIP with a GGUF inside"
        )
        return ModelError(
            f"{path} is {what}.", f"Take it out: llamachat models import {quote(str(path))}"
        )
    if b"data.pkl" in head or b"data.pkl" in tail:
        return ModelError(f"{path} is a PyTorch checkpoint.", build_hint(path.parent))
    what = "a program" if program else "a ZIP archive without a GGUF"
    return ModelError(f"{path} is {what}, not a model.", _GIVE)


def _known_beginning(path: Path, head: bytes, _tail: bytes, _size: int) -> ModelError | None:
    for beginning, what, hint in _BEGINNINGS:
        if head.startswith(beginning):
            return ModelError(f"{path} is {what}.", hint)
    if head[257:262] == b"ustar":
        return ModelError(f"{path} is a tar archive.", _UNPACK)
    return None


def _weights(path: Path, head: bytes, _tail: bytes, size: int) -> ModelError | None:
    """Weights of other programs: a safetensors header is JSON after its length."""
    if len(head) > 9 and head[8:9] == b"{" and struct.unpack_from("<Q", head)[0] <= size - 8:
        return ModelError(f"{path} is a safetensors file.", build_hint(path.parent))
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return ModelError(
            f"{path} is a Python pickle, probably a PyTorch checkpoint.", build_hint(path.parent)
        )
    if head.startswith(_LLAMA2C):
        return ModelError(f"{path} is a checkpoint of llama2.c.", build_hint(path))
    return None


def _text(path: Path, head: bytes, _tail: bytes, _size: int) -> ModelError | None:
    start = _start(head)
    if is_page(head):
        return ModelError(f"{path} is a web page, not a model.", _AGAIN)
    if not start or any(byte < 32 and byte not in b"\t\n\r" for byte in start):
        return None
    try:
        line = start.decode("utf-8", "strict" if len(start) < 500 else "ignore").splitlines()[0]
    except UnicodeDecodeError:
        return None
    shown = "".join(letter for letter in line[:60] if letter.isprintable())
    return ModelError(f"{path} is a text file; it begins with {shown!r}.", _GIVE)


def are_weights(path: Path, head: bytes, size: int) -> bool:
    """Of another program: a model can be built of such."""
    archive = head.startswith(b"PK\x03\x04") and b"data.pkl" in head
    return archive or _weights(path, head, b"", size) is not None


def build_hint(source: Path) -> str:
    """How weights become a model that can be used."""
    return f"Build a model of it: llamachat build {quote(str(source))} --type q4_0"


def is_page(head: bytes) -> bool:
    """These are the first bytes of a web page, or of an answer in XML."""
    return _start(head).lower().startswith(_PAGES)


def _start(head: bytes) -> bytes:
    return head[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
