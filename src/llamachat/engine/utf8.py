"""Token bytes to text, whole characters only.

A token may end inside a character: its bytes wait for the rest, never more than three of them.
Bytes that are no UTF-8 become lone surrogates (`errors="surrogateescape"`), so that
`text.encode("utf-8", "surrogateescape")` gives every byte back. Knows nothing of tokens or models.
"""

from __future__ import annotations

import codecs


class Utf8Decoder:
    """Incremental: any split of the same bytes gives the same text."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")

    @property
    def pending(self) -> int:
        """Bytes that wait for the rest of their character, 0 to 3."""
        return len(self._decoder.getstate()[0])

    def push(self, data: bytes) -> str:
        """Take more bytes; return the characters that are complete."""
        return self._decoder.decode(data)

    def finish(self) -> str:
        """The bytes are over: release a half character as lone surrogates; ready for new ones."""
        released = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return released
