"""What the evaluation shares with the corpus: kept out when it is written, looked for afterwards.

Two independent halves: `HeldOut` drops wordings while the corpus is made, `Runs` reads the finished
corpus and finds the longest run of words that each question shares with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scripts.bob.questions import NOT_HELD_OUT, Question, words

MAX_SHARED_WORDS = 6
Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """The longest run of words that a question shares with the corpus."""

    question: Question
    turn: str
    shared: Run


class Runs:
    """The word runs of the evaluation questions, to be looked for in a corpus.

    Parts of a corpus may be looked through apart: `join` takes what another one has `seen`.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        self._turns = [(q, turn, words(turn)) for q in questions for turn in q.ask]
        self._wanted = {run for _, _, w in self._turns for run in _runs(w)}
        self._seen: set[Run] = set()

    @property
    def seen(self) -> frozenset[Run]:
        return frozenset(self._seen)

    def join(self, seen: Iterable[Run]) -> None:
        self._seen |= set(seen)

    def read(self, text: str) -> None:
        """Looks through one text of the corpus."""
        there = words(text)
        for start in range(len(there)):
            for end in range(start + 1, len(there) + 1):
                run = tuple(there[start:end])
                if run not in self._wanted:
                    break
                self._seen.add(run)

    def overlaps(self) -> list[Overlap]:
        """For each turn of each question the longest run seen, in the order of the questions."""
        found = []
        for question, turn, there in self._turns:
            seen = [run for run in _runs(there) if run in self._seen]
            found.append(Overlap(question, turn, max(seen, key=len, default=())))
        return found


def _runs(there: list[str]) -> Iterator[Run]:
    for start in range(len(there)):
        for end in range(start + 1, len(there) + 1):
            yield tuple(there[start:end])


class HeldOut:
    """Tells which wordings the corpus must not have: the evaluation's, and long parts of them."""

    def __init__(self, questions: Iterable[Question]) -> None:
        turns = [words(turn) for q in questions if q.category not in NOT_HELD_OUT for turn in q.ask]
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


def report(found: Sequence[Overlap]) -> dict[str, int]:
    """Prints the longest shared run of each question; returns how many have which length."""
    lengths: dict[str, int] = {}
    for overlap in found:
        if overlap.question.category not in NOT_HELD_OUT:
            key = str(len(overlap.shared))
            lengths[key] = lengths.get(key, 0) + 1
            mark = "=" if list(overlap.shared) == words(overlap.turn) else " "
            print(f"{len(overlap.shared):2}{mark} {overlap.turn}   [{' '.join(overlap.shared)}]")
    return dict(sorted(lengths.items()))


def worst(found: Sequence[Overlap]) -> int:
    """The longest run of all; what could not be held out does not count."""
    return max((len(o.shared) for o in found if o.question.category not in NOT_HELD_OUT), default=0)


def met(found: Sequence[Overlap]) -> frozenset[Question]:
    """Questions whose last turn stands in the corpus word for word."""
    whole = {(o.question, o.turn) for o in found if list(o.shared) == words(o.turn)}
    return frozenset(question for question, turn in whole if turn == question.ask[-1])
