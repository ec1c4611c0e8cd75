"""What every skill of the corpus stands on: turns, and a voice that words questions at random.

A `Voice` binds facts, grammar and one random generator. Knows nothing of any subject.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from scripts.bob.entries import Asked
from scripts.bob.facts import Facts
from scripts.bob.grammar import Grammar, fill
from scripts.bob.thesaurus import Thesaurus
from scripts.bob.wording import spoken

_ONSETS = (
    *("b", "bl", "br", "c", "ch", "cr", "d", "dr", "f", "fl", "fr", "g", "gl", "gr", "h", "j", "k"),
    *("kl", "kr", "l", "m", "n", "p", "pl", "pr", "qu", "r", "s", "sh", "sk", "sl", "st", "t"),
    *("th", "tr", "v", "w", "wh", "y", "z", "zw"),
)
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ee", "oo", "ai", "ou", "ia", "ei")
_CODAS = (
    *("", "", "", "", "l", "m", "n", "r", "s", "t", "x", "b", "d", "g", "k", "p", "ck", "nk"),
    *("nd", "rt", "st", "sh", "rn", "ng", "mp", "lf"),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user says, and what Bob answers."""

    user: str
    answer: str


Exchange = list[Turn]
"""turns that belong together"""


@dataclass(frozen=True, slots=True)
class Voice:
    facts: Facts
    grammar: Grammar
    thesaurus: Thesaurus
    rng: Random

    def word(self, pattern: str, /, **slots: str) -> str:
        """One wording of a pattern, as it is."""
        return fill(self.grammar.expand(pattern, self.rng), slots)

    def loose(self, patterns: Sequence[str], /, **slots: str) -> str:
        """One wording of one of the patterns, now and then with other words of the same meaning."""
        text = self.grammar.expand(self.rng.choice(patterns), self.rng)
        return fill(self.thesaurus.reword(text, self.rng), slots)

    def ask(self, patterns: Sequence[str], /, **slots: str) -> str:
        """One wording of one of the patterns, as a person types it."""
        return spoken(self.loose(patterns, **slots), self.rng)

    def frame(self, form: str, /, **slots: str) -> str:
        """A question in one of the forms of frames.toml."""
        return self.ask(self.facts.frames[form], **slots)

    def turn(self, asked: Asked) -> Turn:
        return Turn(self.ask(asked.questions), self.rng.choice(asked.answers))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def made_up(self, syllables: int = 0) -> str:
        """A word that does not exist, in small letters."""
        count = syllables or self.rng.choice((2, 2, 3))
        parts = (_ONSETS, _VOWELS, _CODAS)
        return "".join(self.rng.choice(part) for _ in range(count) for part in parts)


Skill = Callable[[Voice], Exchange]
