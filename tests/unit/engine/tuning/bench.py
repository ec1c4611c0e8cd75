"""A machine that is computed: what samples take there, and a clock that they move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from llamachat.engine.tuning.values import Candidate, Setup, Work
from llamachat.errors import EngineError

START = Setup(threads=2, threads_batch=2, flash_attention="auto", n_ubatch=512, cache_type="f16")
OFF = Candidate("flash_attention", "off")
ONE = Candidate("threads", "1")
SMALL = Candidate("n_ubatch", "128")
Q8 = Candidate("cache_type", "q8_0")


@dataclass
class FakeBench:
    """`speed` tells how many times as fast as START a setup is; a sample takes `seconds` then."""

    speed: Callable[[Setup, Work], float] = lambda _setup, _work: 1.0
    noise: Callable[[], float] = lambda: 1.0
    """each sample is stretched by it"""
    seconds: float = 0.3
    refused: tuple[str, ...] = ()
    """values of settings that the library refuses"""
    busy: float = 0.0
    """share of the processor that others use"""
    now: float = 100.0
    taken: list[tuple[Setup, Work]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def others(self) -> float:
        return self.busy * self.now

    def sample(self, setup: Setup, work: Work) -> float:
        if setup.flash_attention in self.refused or setup.cache_type in self.refused:
            raise EngineError("No.")
        self.taken.append((setup, work))
        seconds = self.seconds / self.speed(setup, work) * self.noise()
        self.now += seconds
        return seconds
