"""Other words of the same meaning, put into a question now and then.

A word that no pattern has is a word that Bob never learns; the table gives each common word some
others. Knows nothing of grammar beyond -s and -ing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import Random

from scripts.bob.grammar import gerund, third_person

_WORD = re.compile(r"(?<![\w{/<~.-])[A-Za-z]+(?![\w}/.-])")
SHARE = 0.4
"""of the questions that get other words"""


class Thesaurus:
    """Groups of words from lines such as "v show display present"; "_" is a space."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._others: dict[str, list[str]] = {}
        for line in lines:
            kind, *group = line.split()
            words = [word.replace("_", " ") for word in group]
            self._add(words)
            if kind == "v":
                self._add([third_person(word) for word in words])
                self._add([gerund(word) for word in words])
            elif kind == "n":
                self._add([plural(word) for word in words])

    def _add(self, words: list[str]) -> None:
        for word in words:
            self._others.setdefault(word, []).extend(other for other in words if other != word)

    def reword(self, text: str, rng: Random) -> str:
        """One or two words replaced, or none."""
        if rng.random() > SHARE:
            return text
        found = [m for m in _WORD.finditer(text) if m.group() in self._others]
        for match in sorted(
            rng.sample(found, min(len(found), rng.randint(1, 2))), reverse=True, key=_at
        ):
            other = rng.choice(self._others[match.group()])
            text = text[: match.start()] + other + text[match.end() :]
        return text


def _at(match: re.Match[str]) -> int:
    return match.start()


def plural(word: str) -> str:
    """ "box" → "boxes", "city" → "cities"."""
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"
