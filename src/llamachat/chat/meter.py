"""What is going on in the engine, in figures: folds the events of an answer into one value.

The caller says when each event came, so a test is as exact as a stopwatch. Knows no clock, no
engine and no screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from llamachat.chat.next_to_go import Turn, next_to_go
from llamachat.chat.pace import Pace
from llamachat.engine.base import Chunk, Done, EngineInfo, Event, Memory, Prefilled, Trimmed

MeterState = Literal["idle", "reading", "writing"]

NEARLY_FULL = 0.85
"""of the context; from here on the next turn to go is named"""
TELLING = 32
"""tokens to evaluate before a prompt's rate says anything about the next one"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One look at the meter. Rates are tokens per second, times are seconds."""

    state: MeterState = "idle"
    prompt_done: int = 0
    """tokens of the prompt in the KV cache"""
    prompt_total: int = 0
    prompt_cached: int = 0
    """of them those that were there before"""
    prompt_rate: float = 0.0
    """of the tokens evaluated now"""
    eta: float | None = None
    """until the prompt is read; None where nothing is read or the rate is not known yet"""
    first_token: float | None = None
    """from the request to the first text"""
    rate: float = 0.0
    """of the last two seconds; falls to 0 when nothing comes"""
    average: float = 0.0
    """of this answer or, when idle, of the last one"""
    history: tuple[float, ...] = ()
    """of `rate`, one value for each half second of writing, the newest last"""
    generated: int = 0
    context_used: int = 0
    n_ctx: int = 0
    dropped_turns: int = 0
    dropped_tokens: int = 0
    """what this answer cost a full context"""
    warning: str = ""
    """from 85 % on: which turns go next"""
    memory: Memory = field(default_factory=Memory)
    done: Done | None = None
    """how the last answer ended; None while there is none"""

    @property
    def context_fraction(self) -> float:
        return self.context_used / self.n_ctx if self.n_ctx else 0.0


class _Answer:
    """What is known of one answer; the first one is no answer and knows nothing."""

    def __init__(self, at: float, pace: Pace, held: int, known_rate: float = 0.0) -> None:
        self.state: MeterState = "idle"
        self.pace = pace
        self.read = Prefilled(0, 0, 0)
        self.first_token: float | None = None
        self.shifted = 0
        """tokens that left the context while it was written"""
        self.dropped_turns = self.dropped_tokens = 0
        self.done: Done | None = None
        self._begun = self._reading_since = self._read_at = at
        self._held = held
        """tokens in the context before"""
        self._known_rate = known_rate
        """at which prompts were read before: an ETA for the first batch of this one"""

    def next(self, at: float) -> _Answer:
        """The one that follows; it is asked for now."""
        rate = self.prompt_rate if self._evaluated >= TELLING else self._known_rate
        answer = _Answer(at, Pace(self.pace.history), self.held, rate)
        answer.state = "reading"
        return answer

    def prefilled(self, event: Prefilled, at: float) -> None:
        if not self.read.total:
            self._reading_since = at
        self.read, self._read_at = event, at
        if event.done >= event.total:
            self.state = "writing"

    def wrote(self, chunk: Chunk, at: float) -> None:
        self.state = "writing"
        if self.first_token is None:
            self.first_token = at - self._begun
        self.pace.arrive(chunk.n_tokens, at)

    def ended(self, at: float, done: Done | None) -> None:
        self.state, self.done = "idle", done
        if self.first_token is None and done and done.timings.first_token:
            self.first_token = done.timings.first_token
        self.pace.end(at, done.timings.decode_rate(done.usage) if done else 0.0)

    @property
    def prompt_rate(self) -> float:
        """By the engine's clock where it read the whole prompt, by the caller's until then."""
        read, done = self.read, self.done
        if done and read.done >= read.total and done.timings.prefill > 0:
            return done.timings.prefill_rate(done.usage)
        seconds = self._read_at - self._reading_since
        return self._evaluated / seconds if seconds > 0 else 0.0

    @property
    def _evaluated(self) -> int:
        return self.read.done - self.read.cached

    def eta(self, at: float) -> float | None:
        """Seconds until the prompt is read."""
        rate = self.prompt_rate or self._known_rate
        if self.state != "reading" or not self.read.total or rate <= 0:
            return None
        left = (self.read.total - self.read.done) / rate
        return max(0.0, left - (at - self._read_at))

    @property
    def generated(self) -> int:
        return max(self.pace.total, self.done.usage.generated if self.done else 0)

    @property
    def held(self) -> int:
        """Tokens in the context: of a prompt that is being read all count already."""
        if not self.read.total:
            return self._held
        prompt = self.read.total if self.state == "reading" else self.read.done
        return max(0, prompt + self.generated - self.shifted)


class Meter:
    """`turns` gives what is said so far; it begins with turn 0, the preamble and the greeting."""

    def __init__(self, turns: Callable[[], Sequence[Turn]] = tuple) -> None:
        self._turns = turns
        self._n_ctx = 0
        self._memory = Memory()
        self._gone = 0
        """the newest turn that left the context"""
        self._warning: str | None = None
        """None = not worded since something changed"""
        self._answer = _Answer(0.0, Pace(), 0)

    def loaded(self, info: EngineInfo) -> None:
        """A model was loaded, or the engine was started again: its context is empty."""
        self._n_ctx, self._memory = info.n_ctx, info.memory
        self.forget()

    def forget(self, held: int = 0) -> None:
        """Another chat is shown: the last answer was not one of its own. `held` are the tokens
        of its prompt, where somebody counted them; what is too much for the context will go."""
        self._gone, self._warning = 0, None
        held = min(held, self._n_ctx or held)
        self._answer = _Answer(0.0, Pace(self._answer.pace.history), held)

    def begin(self, at: float) -> None:
        """An answer was asked for, or asked for again."""
        self._answer, self._warning = self._answer.next(at), None

    def feed(self, event: Event, at: float) -> None:
        """The engine said something."""
        match event:
            case Chunk():
                self._answer.wrote(event, at)
            case Prefilled():
                if not event.cached and not self._answer.dropped_turns:
                    self._gone = 0  # nothing was reused, so nothing stayed away
                self._answer.prefilled(event, at)
            case Trimmed():
                self._trim(event)
            case Done():
                self._answer.ended(at, event)
                if any((event.memory.model, event.memory.resident)):
                    self._memory = event.memory
                self._warning = None

    def stop(self, at: float) -> None:
        """The stream broke off without a last event."""
        if self._answer.state != "idle":
            self._answer.ended(at, None)

    def figures(self, at: float) -> Figures:
        """Everything, as it is at this moment."""
        answer = self._answer
        busy = answer.state != "idle"
        if busy:
            answer.pace.look(at)
        return Figures(
            state=answer.state,
            prompt_done=answer.read.done,
            prompt_total=answer.read.total,
            prompt_cached=answer.read.cached,
            prompt_rate=answer.prompt_rate,
            eta=answer.eta(at),
            first_token=answer.first_token,
            rate=answer.pace.now(at),
            average=answer.pace.average(at),
            history=tuple(answer.pace.history),
            generated=answer.generated,
            context_used=answer.held,
            n_ctx=self._n_ctx,
            dropped_turns=answer.dropped_turns,
            dropped_tokens=answer.dropped_tokens,
            warning=self._next_to_go(),
            memory=self._memory,
            done=answer.done,
        )

    def _trim(self, event: Trimmed) -> None:
        """Before the prompt is read it has shrunk already; later the context shrinks."""
        answer = self._answer
        if answer.read.total:
            answer.shifted += event.tokens
        answer.dropped_turns += len(event.turns)
        answer.dropped_tokens += event.tokens
        self._gone = max((self._gone, *event.turns))
        self._warning = None

    def _next_to_go(self) -> str:
        """The oldest turns that are still there; never the last one, which the engine keeps."""
        used, n_ctx = self._answer.held, self._n_ctx
        if not n_ctx or used < NEARLY_FULL * n_ctx:
            return ""
        if self._warning is None:
            turns = self._turns()
            self._warning = next_to_go(turns, gone=self._gone, context_used=used, n_ctx=n_ctx)
        return self._warning
