"""Keeps people's words apart from a chat template's structure in one rendered text.

Each run of words is stood in for by an unguessable mark of private-use characters while the
template renders; cutting the result at the marks leaves the structure. Where a template changes
words (or drops a part of them), renderings with every other run in its place show what it made of
each: what stands between two marks and is not structure. Knows nothing of Jinja or roles.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

Render = Callable[[Sequence[str]], str]
"""renders the template with these texts in the places of the words"""

_OPEN, _CLOSE, _ZERO = "\ue000", "\ue001", 0xE010
"""private-use characters: no template trims, splits or spells them"""


@dataclass(frozen=True, slots=True)
class Separated:
    """A rendered text: structure, words, structure, …, structure."""

    structure: tuple[str, ...]
    words: tuple[tuple[int, str], ...]
    """number and text, as rendered, of the words between structure i and i + 1"""

    def shows(self, numbers: Iterable[int]) -> bool:
        """Whether all these words are there."""
        return {number for number, _ in self.words}.issuperset(numbers)

    def joined(self) -> str:
        texts = [*(text for _, text in self.words), ""]
        return "".join(a + b for a, b in zip(self.structure, texts, strict=True))


def separate(render: Render, words: Sequence[str]) -> Separated:
    """Joined it is `render(words)`, unless words change the structure far from where they stand;
    then the structure around the marks holds."""
    marks = _Marks(len(words))
    marked = marks.cut(render(marks.texts), words)
    if marked.joined() == render(words):
        return marked
    structure, said = list(marked.structure), dict[int, str]()
    for parity in (0, 1):
        mixed = [words[i] if i % 2 == parity else marks.texts[i] for i in range(len(words))]
        for place, before, text, after in _changes(marked, marks.cut(render(mixed), words)):
            said[place] = text
            if before != marked.structure[place]:
                structure[place] = before
            if after != marked.structure[place + 1]:
                structure[place + 1] = after
    numbered = [
        (number, said.get(place, text)) for place, (number, text) in enumerate(marked.words)
    ]
    return Separated(tuple(structure), tuple(numbered))


class _Marks:
    """One mark for each run of words."""

    def __init__(self, count: int) -> None:
        secret = "".join(chr(_ZERO + secrets.randbelow(16)) for _ in range(16))
        self.texts = [f"{_OPEN}{secret}{_digits(i)}{_CLOSE}" for i in range(count)]
        self._pattern = re.compile(f"{_OPEN}{secret}([{_digits(0)}-{_digits(9)}]+){_CLOSE}")

    def cut(self, text: str, words: Sequence[str]) -> Separated:
        parts = self._pattern.split(text)
        numbers = [_number(mark) for mark in parts[1::2]]
        return Separated(tuple(parts[0::2]), tuple((number, words[number]) for number in numbers))


def _changes(marked: Separated, mixed: Separated) -> Iterator[tuple[int, str, str, str]]:
    """What stands in `mixed` for single marks of `marked`: (place, structure before it, the words,
    structure after it). Only what the structure of `marked` has in that very place counts as
    structure, so words can at most give back a piece of it that the template took away."""
    kept = {number for number, _ in mixed.words}
    gaps: list[list[int]] = [[]]
    for place, (number, _) in enumerate(marked.words):
        if number in kept:
            gaps.append([])
        else:
            gaps[-1].append(place)
    if len(gaps) != len(mixed.structure):
        return
    for places, text in zip(gaps, mixed.structure, strict=True):
        if len(places) == 1:
            place = places[0]
            before = _common(text, marked.structure[place])
            rest = text[len(before) :]
            after = _common(rest[::-1], marked.structure[place + 1][::-1])[::-1]
            yield place, before, rest[: len(rest) - len(after)], after


def _common(first: str, second: str) -> str:
    """The longest common beginning."""
    for i, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return first[:i]
    return min(first, second, key=len)


def _digits(number: int) -> str:
    return "".join(chr(_ZERO + int(digit)) for digit in str(number))


def _number(mark: str) -> int:
    return int("".join(str(ord(digit) - _ZERO) for digit in mark))
