"""Emoji as a browser tab counts them: xterm.js gives each code point cells of its own.

Textual takes a joined family, a toned hand or a heart in colour for one sign of two cells. What
stands behind it in its line would be drawn elsewhere, so such a sign becomes its first emoji, with
a blank where that is narrow. Knows nothing of drivers.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_SIGN = re.compile(
    rf"([#*0-9\u00a9\u00ae{_EMOJI}][\ufe0f\u20e3]*)"
    rf"((?:[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d[{_EMOJI}])*)"
)


def for_tab(text: str) -> str:
    """The text, every sign as wide as Textual takes it to be."""
    return text if text.isascii() else _SIGN.sub(_counted, text)


def _counted(sign: re.Match[str]) -> str:
    whole, first = sign[0], sign[1]
    if len(whole) == 1:
        return whole
    return first + " " * (cell_len(whole) - cell_len(first[0]))
