"""Which characters a draft may hold, and what stands behind some of them.

Where a piece of a draft came from is written into its characters, so that it survives undo, cut and
paste: a pasted slash or backslash is a private character that looks like one, a chip begins with a
private character of its own. Text from outside never contains these. Knows nothing of widgets.
"""

from __future__ import annotations

import re

from rich.cells import get_character_cell_size

from llamachat.sanitize import for_terminal

CHIPS = range(0x10E000, 0x10F000)
"""the first characters of chips; the last private plane, which icon fonts do not use"""
BLANK = "\U0010f000"
"""a space inside a chip, at which no line is broken"""
_SLASH = "\U0010f001"
_BACKSLASH = "\U0010f002"

_PRIVATE = re.compile(f"[{chr(CHIPS[0])}-{_BACKSLASH}]")
_LOOKS: dict[int, str] = {
    **dict.fromkeys(CHIPS, "["),
    ord(BLANK): " ",
    ord(_SLASH): "/",
    ord(_BACKSLASH): "\\",
}
_PASTED = str.maketrans({"/": _SLASH, "\\": _BACKSLASH})

_JOINER = "\u200d"
_INVISIBLE = {_JOINER, "\u200c", *map(chr, range(0xE0020, 0xE0080))}
"""letters of a keyboard that no screen shows: joiners, the letters of a flag such as Wales'"""
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def joined(*drafts: str) -> str:
    """One draft of several, without those that are empty."""
    return "\n".join(filter(None, drafts))


def clean(text: str) -> str:
    """Text from outside: lines end with a line feed, control characters are pictures."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _PRIVATE.sub("\ufffd", for_terminal(lines))


def pasted(text: str) -> str:
    """Clean text whose slashes and backslashes are not instructions."""
    return text.translate(_PASTED)


def is_letter(character: str) -> bool:
    """Whether a key writes something, though Python calls it unprintable."""
    return character in _INVISIBLE


def plain(draft: str) -> str:
    """What a draft looks like, character for character."""
    return draft if draft.isascii() else draft.translate(_LOOKS)


def cluster_around(line: str, column: int) -> tuple[int, int] | None:
    """The characters drawn as one, such as a family or a flag, that the column would cut."""
    if line.isascii() or not _joined(line, column):
        return None
    start, end = column - 1, column + 1
    while _joined(line, start):
        start -= 1
    while _joined(line, end):
        end += 1
    return start, end


def _joined(line: str, column: int) -> bool:
    """Whether the characters on both sides of the column are drawn as one."""
    if not 0 < column < len(line):
        return False
    right = line[column]
    if right == "\t":
        return False
    if get_character_cell_size(right) == 0 or line[column - 1] == _JOINER:
        return True
    return ord(right) in _FLAG_LETTERS and _flag_letters_before(line, column) % 2 == 1


def _flag_letters_before(line: str, column: int) -> int:
    start = column
    while start > 0 and ord(line[start - 1]) in _FLAG_LETTERS:
        start -= 1
    return column - start
