r"""Escape sequences in the values of flags: `\n`, `\r`, `\t`, `\'`, `\"`, `\\` and `\xHH`.

The same set, and the same indifference to others, as llama.cpp's; text that a person types or pipes
in is never treated so. Knows nothing of flags.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|([nrt'\"\\]))")
_MEANING = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"'": b"'", b'"': b'"', b"\\": b"\\"}


def unescape(text: str) -> str:
    r"""The text with its escapes replaced. `\xHH` is a byte, so that any UTF-8 can be written."""
    data = text.encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(_replace, data).decode("utf-8", "surrogateescape")


def _replace(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return bytes.fromhex(found[1].decode())
    return _MEANING[found[2]]
