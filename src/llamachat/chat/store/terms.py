"""The terms of a text: what a search compares, and where each stands.

A term is a word without case and accents. Scripts that write no spaces (Chinese, Japanese, Thai, …)
give one term for each character, and a word of theirs is searched as a phrase: so 北京 is found in
我喜欢北京, which FTS5's own tokenizers can not (`unicode61` takes the whole sentence for a word,
`trigram` finds nothing shorter than three characters). Knows nothing of SQL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_SINGLE = (
    "\u0e00-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"  # kana, Han
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"  # Hangul, rarer Han
)
_ACCENTS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670"
"""combining ones of Latin, Greek and Cyrillic, Hebrew points, Arabic vowels"""
_SIGNS = "\u0900-\u0963\u0966-\u0dff"
"""of Indian scripts: vowels after a consonant are no word characters to `re`"""

_LETTER = rf"[^\W_{_SINGLE}]"
_ALONE = f"[{_SINGLE}]"
_TERM = rf"[{_SINGLE}]|{_LETTER}+(?:[{_ACCENTS}{_SIGNS}]+{_LETTER}*)*"
_COMBINING = f"[{_ACCENTS}]+"

_compiled = cache(re.compile)
"""when the first term is wanted: compiling takes 6 ms"""


@dataclass(frozen=True, slots=True)
class Term:
    text: str
    start: int
    end: int


def terms(text: str) -> Iterator[Term]:
    """From left to right."""
    for found in _compiled(_TERM).finditer(text):
        yield Term(_folded(found[0]), found.start(), found.end())


def index_text(text: str) -> str:
    """What FTS5 is given in place of the text."""
    return " ".join(_folded(word) for word in _compiled(_TERM).findall(text))


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    if _compiled(_ALONE).match(word):  # an accent of theirs is a part of the letter: か is not が
        return unicodedata.normalize("NFKC", word)
    return _compiled(_COMBINING).sub("", unicodedata.normalize("NFKD", word)).casefold()
