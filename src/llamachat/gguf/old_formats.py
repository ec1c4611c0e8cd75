"""The formats of llama.cpp before GGUF, named with their version and the way forward.

ggml (unversioned), ggmf v1 and ggjt v1 to v3 begin with a magic and the dimensions of a Llama.
Quantized blocks changed with ggjt v2 and v3, so only some of these files can be converted: the
rules are those of llama.cpp's convert_llama_ggml_to_gguf.py. Reads only the bytes it is given.
"""

from __future__ import annotations

import struct
from pathlib import Path
from shlex import quote

from llamachat.errors import ModelError
from llamachat.gguf.types import FILE_TYPES

_MAGICS = {b"lmgg": "ggml", b"fmgg": "ggmf", b"tjgg": "ggjt"}
"""as they lie in the file; all but the first carry a version"""
_VERSIONS = {"ggml": (1,), "ggmf": (1,), "ggjt": (1, 2, 3)}
_UNQUANTIZED = (0, 1)
"""file types F32 and F16"""
_CHANGED_IN_V3 = (2, 3, 4, 7)
"""Q4_0, Q4_1, Q4_1 with some F16, Q8_0"""
_MAX_FTYPE = 18
_GET = "Get a GGUF of the same model"


def explain_old(path: Path, head: bytes) -> ModelError | None:
    """What the old file at `path` is, by its first bytes; None if it is none."""
    name = _MAGICS.get(head[:4])
    if name is None:
        return None
    version, at = 1, 4
    if name != "ggml":
        version, at = struct.unpack_from("<I", head, 4)[0] if len(head) >= 8 else 0, 8
    known = version in _VERSIONS[name]
    ftype = _ftype(head[at:]) if known else None
    numbered = f"{name} v{version}" if known and name != "ggml" else name
    kind = FILE_TYPES.get(ftype) if ftype is not None else None
    quantized = f" ({kind.quantize_name})" if kind else ""
    return ModelError(
        f"{path} is in the old {numbered} format{quantized}, made for llama.cpp before August "
        "2023.",
        _hint(path, name, version, ftype),
    )


def _hint(path: Path, name: str, version: int, ftype: int | None) -> str:
    convert = "convert_llama_ggml_to_gguf.py of llama.cpp"
    if ftype is None:
        return f"{_GET}; {convert} converts some of the old files."
    if name != "ggjt" or version < 2:
        possible = ftype in _UNQUANTIZED
    else:
        possible = version == 3 or ftype not in _CHANGED_IN_V3
    if not possible:
        return f"{_GET}; weights quantized this way can not be converted any more."
    target = quote(str(path.with_suffix(".gguf")))
    return f"{_GET}, or use {convert}: -i {quote(str(path))} -o {target}"


def _ftype(numbers: bytes) -> int | None:
    """The file type; None where these are not the dimensions of a Llama."""
    if len(numbers) < 28:
        return None
    n_vocab, n_embd, n_mult, n_head, n_layer, n_rot, ftype = struct.unpack_from("<7I", numbers)
    sane = 0 < n_vocab < 1 << 20 and 0 < n_mult < 1 << 16 and 0 < n_layer < 1 << 10
    heads = 0 < n_head <= n_embd < 1 << 16 and n_rot == n_embd // n_head
    return int(ftype) if sane and heads and ftype <= _MAX_FTYPE else None
