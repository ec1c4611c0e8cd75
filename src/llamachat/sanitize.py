"""Text a model, a file or a person wrote, made safe for a terminal to show.

Every control character is shown as its picture (ESC becomes ␛), so that no escape sequence
survives and nothing is hidden; new lines and tabs stay, carriage returns vanish because they would
let later text overwrite earlier text. One character at a time: a sequence split over two chunks is
as harmless as a whole one. Knows nothing of streams.
"""

from __future__ import annotations

_REPLACEMENT = "\ufffd"
_PICTURES = 0x2400
"""U+2400 … U+241F picture the control characters 0x00 … 0x1F"""

_TABLE: dict[int, str | None] = {
    **{code: chr(_PICTURES + code) for code in range(0x20)},
    ord("\n"): "\n",
    ord("\t"): "\t",
    ord("\r"): None,
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT),  # C1: some terminals obey 0x9B as ESC [
    **dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT),  # bytes that are no UTF-8
    0x2028: "\n",
    0x2029: "\n",
    **dict.fromkeys((0x202D, 0x202E), _REPLACEMENT),  # overrides show text backwards
}


def for_terminal(text: str) -> str:
    """The text with everything but its visible characters neutralised."""
    return text.translate(_TABLE)


def one_line(text: str) -> str:
    """The same for a name or a path inside a line of ours: no line breaks either."""
    return for_terminal(text).replace("\n", "␊").replace("\t", " ")
