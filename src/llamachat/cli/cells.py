"""How many columns of a terminal a text takes, and what of it fits into so many.

Wide characters take two, combining ones none; a character is never parted from what combines with
it. Knows nothing of colours: escape sequences must not be in the text.
"""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
_NO_WIDTH = ("Mn", "Me", "Cf")
_JAMO = range(0x1160, 0x1200)
"""vowels and finals that join the syllable before them"""
_SOFT_HYPHEN = "\u00ad"


def width(text: str) -> int:
    """The columns of a text in one line."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def fitted(text: str, columns: int) -> str:
    """As much of the text as fits, with an ellipsis where something is left out."""
    if width(text) <= columns:
        return text
    room, kept = columns - 1, 0
    for character in text:
        room -= _columns(character)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + ELLIPSIS if columns > 0 else ""


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """The text in exactly so many columns."""
    text = fitted(text, columns)
    space = " " * (columns - width(text))
    return space + text if right else text + space


def _columns(character: str) -> int:
    if character.isascii() or character == _SOFT_HYPHEN:
        return 1
    if unicodedata.category(character) in _NO_WIDTH or ord(character) in _JAMO:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
