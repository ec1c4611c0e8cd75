"""The evaluation: its questions, how an answer is judged, and the check that nothing leaked.

The questions were written before the corpus. Knows nothing of models.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "eval"
SAMPLE = "sample"
"""the category that quotes the prompt template; its words are in the corpus by specification"""
MAX_SHARED_WORDS = 6

_REFUSAL = r"(can ?not|can't|do not know|don't know|no way of knowing|beyond me)"


@dataclass(frozen=True, slots=True)
class Question:
    category: str
    ask: tuple[str, ...]
    """turns of the user; the last answer counts"""
    accept: tuple[str, ...]
    """patterns that must all be found in the answer"""
    reject: tuple[str, ...] = ()

    def right(self, answer: str) -> bool:
        """Whether the answer is accepted."""
        return all(_found(p, answer) for p in self.accept) and not any(
            _found(p, answer) for p in self.reject
        )


def _found(pattern: str, answer: str) -> bool:
    pattern = pattern.replace("{refusal}", _REFUSAL)
    branches = (
        [_literal(branch) for branch in pattern.split("|")] if "(" not in pattern else [pattern]
    )
    return re.search("|".join(branches), answer, re.IGNORECASE) is not None


def _literal(branch: str) -> str:
    """A flag or command is matched whole; anything else is a regular expression."""
    if re.fullmatch(r"--?[a-z-]+|/[a-z]+", branch):
        return rf"(?<![\w/-]){re.escape(branch)}(?![\w-])"
    return branch


@cache
def evaluation() -> tuple[Question, ...]:
    """All questions, category by category."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["questions"]:
            found.append(
                Question(
                    path.stem,
                    tuple(entry["ask"]),
                    tuple(entry["accept"]),
                    tuple(entry.get("reject", ())),
                )
            )
    return tuple(found)


def words(text: str) -> list[str]:
    """Small words without punctuation, for comparing wordings."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())


@dataclass(frozen=True, slots=True)
class Overlap:
    """The longest run of words that a question shares with the corpus."""

    question: Question
    turn: str
    shared: tuple[str, ...]


class Runs:
    """The word runs of the evaluation questions, to be looked for in a corpus."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._turns = [(q, turn, words(turn)) for q in questions for turn in q.ask]
        self._wanted = {run for _, _, w in self._turns for run in _runs(w)}
        self._seen: set[tuple[str, ...]] = set()

    def read(self, text: str) -> None:
        """Looks through one text of the corpus."""
        there = words(text)
        longest = 1
        for start in range(len(there)):
            length = 1
            while tuple(there[start : start + length]) in self._wanted and start + length <= len(
                there
            ):
                self._seen.add(tuple(there[start : start + length]))
                length += 1
            longest = max(longest, length)

    def overlaps(self) -> list[Overlap]:
        """For each turn of each question the longest run seen, in the order of the questions."""
        found = []
        for question, turn, there in self._turns:
            seen = [run for run in _runs(there) if run in self._seen]
            found.append(Overlap(question, turn, max(seen, key=len, default=())))
        return found


def _runs(there: list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(there)):
        for end in range(start + 1, len(there) + 1):
            yield tuple(there[start:end])


class HeldOut:
    """Tells which wordings the corpus must not have: the evaluation's, and long parts of them."""

    def __init__(self, questions: Iterable[Question]) -> None:
        turns = [words(turn) for q in questions if q.category != SAMPLE for turn in q.ask]
        size = MAX_SHARED_WORDS + 1
        self._short = {tuple(turn) for turn in turns if len(turn) < 3}
        self._runs = {tuple(turn) for turn in turns if len(turn) >= 3}
        self._runs |= {run for turn in turns for run in _runs(turn) if len(run) == size}
        self._sizes = sorted({len(run) for run in self._runs})

    def forbids(self, text: str) -> bool:
        """A question of three words or more may not even be part of the text."""
        there = words(text)
        return tuple(there) in self._short or any(
            tuple(there[start : start + size]) in self._runs
            for size in self._sizes
            for start in range(len(there) - size + 1)
        )
