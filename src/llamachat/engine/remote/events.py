"""Server-sent events: bytes in, JSON values out, whatever blocks the bytes come in.

Lines end with LF or CR LF; a character that is cut by a block is put together again, for lines are
decoded whole. A line that does not end is refused before it fills the memory. Knows nothing of what
the values mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

LONGEST = 1 << 20
"""bytes of one event; the last one of llama-server repeats the prompt's settings, some KB"""


END = "[DONE]"


class Garbled(Exception):
    """This is no stream of events."""


class BrokenOff(Exception):
    """It ended before it was over."""


def event_values(pieces: Iterable[bytes]) -> Iterator[Any]:
    """The value of each event, up to the one that says that no more come.

    Raises:
        Garbled: an event that is no JSON, or without an end.
    """
    for data in event_data(pieces):
        if data.strip() == END:
            return
        try:
            yield json.loads(data)
        except (ValueError, RecursionError):
            raise Garbled from None


def event_data(pieces: Iterable[bytes]) -> Iterator[str]:
    """The data of each event; several `data:` lines of one are joined by line breaks.

    Bytes that are no UTF-8 become lone surrogates, as engines hand them on.

    Raises:
        Garbled: a line or an event without an end.
    """
    data: list[str] = []
    size = 0
    for line in _lines(pieces):
        if not line:
            if data:
                yield "\n".join(data)
            data, size = [], 0
            continue
        name, _, value = line.partition(b":")
        if name == b"data":  # the others say nothing that a client of ours needs
            size += len(line)
            if size > LONGEST:
                raise Garbled
            data.append(value.removeprefix(b" ").decode("utf-8", "surrogateescape"))
    if data:
        yield "\n".join(data)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Without their ends; the last one may lack one."""
    begun: list[bytes] = []
    size = 0
    for piece in pieces:
        first, *others = piece.split(b"\n")
        size += len(first)
        begun.append(first)
        if size > LONGEST:
            raise Garbled
        if others:
            yield b"".join(begun).removesuffix(b"\r")
            for line in others[:-1]:
                yield line.removesuffix(b"\r")
            begun, size = [others[-1]], len(others[-1])
    if rest := b"".join(begun).removesuffix(b"\r"):
        yield rest
