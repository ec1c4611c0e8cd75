"""The search: candidates one after the other, each against the best setup so far.

The most promising come first and the hopeless cost one comparison, so that a 7B model gets through
in its 20 seconds; whatever is undecided then stays as it was. Pure: whoever measures and the clock
are handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from llamachat.engine.tuning import compare
from llamachat.engine.tuning.values import (
    Candidate,
    Figure,
    Knob,
    Outcome,
    Setup,
    Step,
    Task,
    Trying,
    Verdict,
    Work,
)
from llamachat.errors import LlamaChatError

Clock = Callable[[], float]
Decide = Callable[[Figure], bool | None]

WORKS: Mapping[Knob, tuple[Work, ...]] = {
    "threads": ("decode",),
    "flash_attention": ("decode", "prefill"),
    "threads_batch": ("prefill",),
    "n_ubatch": ("prefill",),
    "cache_type": ("decode", "prefill"),
}
"""what a candidate must be faster in, and in what it must not be slower"""
SHARE = 0.6
"""of the time that is left, for one candidate at most"""


class Bench(Protocol):
    """What measures."""

    def sample(self, setup: Setup, work: Work) -> float:
        """Seconds per token, once; raises LlamaChatError where the setup is not possible."""
        ...

    def others(self) -> float:
        """Seconds of the whole processor that other programs have used."""
        ...


class _Watch:
    """How much time there is: a sample is begun where one like the latest fits into the share, and
    one like the longest into the whole."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._began = clock()
        self._end = self._began + seconds
        self._until = self._end
        self._latest = self._longest = 0.0

    @property
    def passed(self) -> float:
        return self._clock() - self._began

    @property
    def is_over(self) -> bool:
        now = self._clock()
        return now + self._latest > self._until or now + self._longest > self._end

    def share(self) -> None:
        """What is left is for several."""
        now = self._clock()
        self._until = now + SHARE * max(0.0, self._end - now)

    def time(self, sample: Callable[[], float]) -> float:
        before = self._clock()
        try:
            return sample()
        finally:
            self._latest = self._clock() - before
            self._longest = max(self._longest, self._latest)


def search(
    task: Task, start: Setup, bench: Bench, clock: Clock = time.perf_counter
) -> Generator[Step, None, None]:
    """Steps before each sample, and a verdict for each candidate that is not known yet."""
    watch, best = _Watch(clock, task.seconds), start
    known = {verdict.candidate: verdict for verdict in task.known}
    for candidate in task.candidates:
        verdict = known.get(candidate)
        if verdict is None:
            watch.share()
            began, others = watch.passed, bench.others()
            verdict = yield from _examine(candidate, best, bench, watch)
            used = bench.others() - others
            if verdict.figures and used > task.others * (watch.passed - began):
                verdict = replace(verdict, outcome="busy")
            yield verdict
        if verdict.outcome == "faster":
            best = best.having(candidate)


def _examine(
    candidate: Candidate, best: Setup, bench: Bench, watch: _Watch
) -> Generator[Step, None, Verdict]:
    other, against = best.having(candidate), best.value(candidate.knob)
    figures: list[Figure] = []

    def decide(seen: Figure) -> bool | None:
        if seen.work != WORKS[candidate.knob][0]:
            return compare.is_no_slower(seen)
        bits = candidate.knob == "cache_type"
        return compare.is_faster(seen, compare.WORTH_BITS if bits else compare.WORTH)

    decided: bool | None = None
    for work in WORKS[candidate.knob]:
        trying = _pairs(work, best, other, bench, watch)
        try:
            decided = yield from _decided(trying, decide, figures, candidate, watch)
        except LlamaChatError:
            return Verdict(candidate, against, "not possible")
        if not decided:
            break
    outcome: Outcome = "faster"
    if decided is None:
        outcome = "no time"
    elif not decided:
        outcome = "slower elsewhere" if len(figures) > 1 else "no faster"
    return Verdict(candidate, against, outcome, tuple(figures))


def _decided(
    pairs: Iterator[Figure | None],
    decide: Decide,
    figures: list[Figure],
    candidate: Candidate,
    watch: _Watch,
) -> Generator[Step, None, bool | None]:
    """The decision, and as the last of `figures` what led to it; None: time was over before."""
    seen: Figure | None = None
    decision: bool | None = None
    while decision is None and not watch.is_over:
        yield Trying(candidate, watch.passed)
        found = next(pairs)
        if found is not None:
            seen, decision = found, decide(found)
    if seen is not None:
        figures.append(seen)
    return decision


def _pairs(
    work: Work, best: Setup, other: Setup, bench: Bench, watch: _Watch
) -> Iterator[Figure | None]:
    """One sample for each item; what they say together whenever a comparison is complete."""
    before, after = [watch.time(lambda: bench.sample(best, work))], list[float]()
    yield None
    while True:
        after.append(watch.time(lambda: bench.sample(other, work)))
        yield None
        before.append(watch.time(lambda: bench.sample(best, work)))
        yield compare.figure(work, before, after)
