"""The alphabet of byte-level tokenizers, in which every byte is a printable character.

Knows nothing of vocabularies.
"""

from __future__ import annotations

from functools import cache

_PRINTABLE = (range(0x21, 0x7F), range(0xA1, 0xAD), range(0xAE, 0x100))
_GAPS = ((" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
         (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"))  # fmt: skip


@cache
def _bytes() -> dict[str, int]:
    table = {chr(byte): byte for span in _PRINTABLE for byte in span}
    others = [byte for byte in range(256) if chr(byte) not in table]
    return table | {chr(256 + place): byte for place, byte in enumerate(others)}


def decoded(token: str, clean: bool) -> str:
    """An added token as transformers decodes it; `clean` removes spaces before punctuation."""
    table = _bytes()
    if all(char in table for char in token):
        token = bytes(table[char] for char in token).decode("utf-8", "replace")
    if clean:
        for gap, closed in _GAPS:
            token = token.replace(gap, closed)
    return token
