"""What is tried, what was measured and what follows from it, as plain values.

A candidate is one other value for one knob; a verdict says what became of it, with its figures; a
tuning is what is remembered of one model. Knows nothing of how anything is measured or stored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, runtime_checkable

from llamachat.engine.params import MAX_THREADS, MAX_TOKENS, EngineOptions, FlashAttention
from llamachat.errors import UsageError

Knob = Literal["threads", "flash_attention", "threads_batch", "n_ubatch", "cache_type"]
Work = Literal["decode", "prefill"]
Outcome = Literal["faster", "no faster", "slower elsewhere", "no time", "not possible", "busy"]
"""slower elsewhere: it decodes faster but prefills more slowly · no time: undecided when a search
ended · not possible: the library refuses it, or the memory has no room to try it · busy:
other programs used the processor meanwhile"""

OTHERS = 0.2
_LATEST = 1e11
"""seconds since 1970: the year 5138, of which every clock can tell"""
SECONDS = 20.0
"""a search takes no longer unless a person asks for more"""
_WORDS: Mapping[Knob, tuple[str, ...]] = {
    "flash_attention": ("on", "off"),
    "cache_type": ("f16", "q8_0"),
}
"""values of the knobs that are no numbers; a KV cache is never less exact than q8_0 unasked"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another value for one knob, as text."""

    knob: Knob
    value: str

    def __post_init__(self) -> None:
        words = _WORDS.get(self.knob)
        most = MAX_TOKENS if self.knob == "n_ubatch" else MAX_THREADS
        sound = self.value in words if words else _is_whole(self.value, most)
        if not sound:
            raise UsageError(f"{self.knob} cannot be {self.value!r}.")


@dataclass(frozen=True, slots=True)
class Setup:
    """How a model is computed."""

    threads: int
    threads_batch: int
    flash_attention: FlashAttention
    n_ubatch: int
    cache_type: str
    """of keys and values"""

    def value(self, knob: Knob) -> str:
        return str(getattr(self, knob))

    def having(self, candidate: Candidate) -> Setup:
        """The same with one value changed."""
        changes: dict[str, Any] = {candidate.knob: typed(candidate)}
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Figure:
    """Two setups compared in one kind of work."""

    work: Work
    before: float
    """seconds per token, the median"""
    after: float
    gain: float
    """0.13 = the candidate is 13 % faster"""
    error: float
    """the true gain lies so far from it at most, 19 times of 20"""
    pairs: int

    def __post_init__(self) -> None:
        for value in (self.before, self.after, self.gain, self.error):
            if not math.isfinite(value):
                raise UsageError("A figure is a number.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate."""

    candidate: Candidate
    against: str
    """the value it was compared with"""
    outcome: Outcome
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Trying:
    """A sample is about to be taken."""

    candidate: Candidate
    seconds: float
    """since the search began"""


Step = Trying | Verdict


@dataclass(frozen=True, slots=True)
class Task:
    """A search."""

    candidates: tuple[Candidate, ...]
    """the most promising first"""
    known: tuple[Verdict, ...] = ()
    """found before the search was interrupted"""
    seconds: float = SECONDS
    others: float = OTHERS
    """share of the processor that other programs may use meanwhile"""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is remembered of one model on one machine."""

    model: str
    """name of its file"""
    machine: str
    """processor, cores it may use and build of the engine, in words"""
    measured: float
    """when, in seconds since 1970"""
    start: Setup
    """what a load takes by itself"""
    verdicts: tuple[Verdict, ...] = ()
    why_not: str = ""
    """why nothing was measured, where that is settled: skipped by a person, or it died"""

    def __post_init__(self) -> None:
        if not 0 <= self.measured < _LATEST:
            raise UsageError("A search has a date.")

    @property
    def chosen(self) -> dict[Knob, str]:
        """Values that proved faster, by knob."""
        return chosen(self.verdicts)

    def covers(self, knobs: Iterable[Knob]) -> bool:
        """Whether each of these was looked at, or nobody wants it to be."""
        seen = {v.candidate.knob for v in self.verdicts if v.outcome != "busy"}
        return bool(self.why_not) or seen >= set(knobs)


@runtime_checkable
class Tunes(Protocol):
    """An engine that can compare setups on the model it has loaded."""

    def tune(
        self, task: Task, report: Callable[[Step], object] | None = None
    ) -> tuple[Verdict, ...]:
        """Search until it is done, its time is over or anybody asks for anything else.

        Returns the verdicts that are new: fewer than candidates where it was interrupted.
        """
        ...


def chosen(verdicts: Iterable[Verdict]) -> dict[Knob, str]:
    """The last value of each knob that proved faster."""
    return {v.candidate.knob: v.candidate.value for v in verdicts if v.outcome == "faster"}


def typed(candidate: Candidate) -> str | int:
    return candidate.value if candidate.knob in _WORDS else int(candidate.value)


def with_tuning(options: EngineOptions, tuning: Tuning, knobs: Iterable[Knob]) -> EngineOptions:
    """The options with what was found for these knobs."""
    found = {knob: value for knob, value in tuning.chosen.items() if knob in set(knobs)}
    changes: dict[str, Any] = {
        str(knob): typed(Candidate(knob, value)) for knob, value in found.items()
    }
    if "cache_type" in found:
        kind = changes.pop("cache_type")
        changes |= {"cache_type_k": kind, "cache_type_v": kind}
    if "threads" in found and options.threads_batch is None:
        changes.setdefault("threads_batch", tuning.start.threads_batch)
    return replace(options, **changes)


def _is_whole(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 11 and 1 <= int(text) <= most
