"""ScriptedEngine: the engine contract without a model, for demonstrations and tests.

It answers what a script says, token by token, and keeps the same books as a real engine: a token
log with prefix reuse, turns that leave a full context, reverse prompts, cancel, snapshots. Knows no
model, no process and no randomness.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from llamachat.engine.base import (
    EngineInfo,
    Event,
    FinishReason,
    Memory,
    Prefilled,
    Report,
    Trimmed,
)
from llamachat.engine.context import (
    Fit,
    Tokens,
    common_prefix,
    fit_prompt,
    half_of_the_rest,
    oldest_turns,
)
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.engine.script import BOS, EOS, Script
from llamachat.engine.scripted_state import read_state, write_state
from llamachat.engine.stop import ReversePrompts
from llamachat.engine.tally import Tally
from llamachat.errors import EngineDied, EngineError

_E = TypeVar("_E")


class ScriptedEngine:
    """Answers from a script: texts in turn (starting over at the end), or a function of the prompt.

    `delay` and `prefill_delay` are seconds per token. Where one answer reaches token `fail_at` the
    engine dies, once; the next answer works.
    """

    def __init__(
        self,
        answers: Sequence[str] | Callable[[str], str],
        *,
        delay: float = 0.0,
        prefill_delay: float = 0.0,
        fail_at: int | None = None,
        n_ctx: int = 4096,
        n_ubatch: int = 32,
        chat_template: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        self._script = Script(answers)
        self._delay = delay
        self._prefill_delay = prefill_delay
        self._fail_at = fail_at
        self._log = Tokens()
        self._cancelled = threading.Event()
        self._drafting = threading.Lock()
        """held while a draft is evaluated, which is told to give way by `_cancelled`"""
        self._busy = False
        self._closed = False
        self._info = _info(n_ctx, n_ubatch, chat_template, dict(metadata or {}))

    def __enter__(self) -> ScriptedEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def info(self) -> EngineInfo:
        return self._info

    def count(self, prompt: Prompt) -> int:
        return len(self._script.tokenize(prompt))

    def cancel(self) -> None:
        self._cancelled.set()

    def close(self) -> None:
        self._closed = True
        self.cancel()

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        fit = self._fit(prompt, drop=False)
        return self._one_at_a_time(self._evaluate(fit))

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        stops = ReversePrompts(params.stop)
        fit = self._fit(prompt, drop=params.context_shift)
        tokens = self._script.answer(prompt, endless=params.sampling.ignore_eos)
        return self._one_at_a_time(self._answer(fit, tokens, params, stops))

    def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
        step = Prefilled(0, 0, 0)
        fit = self._fit(prompt, drop=False)
        with self._drafting:
            for step in self._evaluate(fit):
                if report is not None:
                    report(step)
        return step

    def snapshot(self, path: Path, key: str, *, wait: bool = True, leaving: bool = False) -> int:
        """At once, whoever waits."""
        del wait, leaving
        self._end_draft()
        log = list(zip(self._script.spell(self._log.ids), self._log.turns, strict=True))
        write_state(path, key, log)
        return len(log)

    def restore(self, path: Path, key: str) -> int:
        self._end_draft()
        self._log = Tokens()
        for piece, turn in read_state(path, key, self._info.n_ctx):
            self._log.append(self._script.id(piece), turn)
        return len(self._log)

    def _end_draft(self) -> None:
        self._cancelled.set()
        with self._drafting:
            self._cancelled.clear()

    def _fit(self, prompt: Prompt, *, drop: bool) -> Fit:
        if self._closed:
            raise EngineError("The engine is closed.")
        if self._busy:
            raise EngineError("The engine is still answering.", "Cancel that answer first.")
        self._end_draft()
        tokens = self._script.tokenize(prompt)
        return fit_prompt(tokens, self._log, n_ctx=self._info.n_ctx, drop=drop)

    def _one_at_a_time(self, events: Generator[_E, None, None]) -> Iterator[_E]:
        self._busy = True
        try:
            yield from events
        finally:
            self._busy = False

    def _answer(
        self, fit: Fit, tokens: Iterable[str], params: GenerateParams, stops: ReversePrompts
    ) -> Generator[Event, None, None]:
        tally = Tally(dropped=fit.dropped_tokens)
        if fit.dropped:
            yield Trimmed(fit.dropped, fit.dropped_tokens)
        for prefilled in self._evaluate(fit):
            tally.prefilled(prefilled)
            yield prefilled
        reason: FinishReason = "cancelled"
        if not self._stopped():
            reason = yield from self._decode(fit.prompt, tokens, params, stops, tally)
        if rest := stops.finish():
            yield tally.chunk(rest)
        fault = self._die() if reason == "died" else None
        yield tally.done(reason, stop=stops.matched, fault=fault)

    def _evaluate(self, fit: Fit) -> Generator[Prefilled, None, None]:
        """Make the log hold the prompt; at least its last token is always evaluated."""
        prompt, log = fit.prompt, self._log
        if fit.shift:
            log.remove(*fit.shift)
        cached = min(common_prefix(prompt.ids, log.ids), len(prompt) - 1)
        log.truncate(cached)
        log.turns[:] = prompt.turns[:cached]
        yield Prefilled(cached, len(prompt), cached)
        while len(log) < len(prompt):
            batch = prompt.slice(len(log), len(log) + self._info.n_ubatch)
            if self._stopped(self._prefill_delay * len(batch)):
                return
            log.extend(batch)
            yield Prefilled(len(log), len(prompt), cached)

    def _decode(
        self,
        prompt: Tokens,
        tokens: Iterable[str],
        params: GenerateParams,
        stops: ReversePrompts,
        tally: Tally,
    ) -> Generator[Event, None, FinishReason]:
        for token in tokens:
            if tally.generated == params.n_predict:
                return "length"
            if tally.generated == self._fail_at:
                return "died"
            if self._stopped(self._delay):
                return "cancelled"
            tally.sampled()
            if token is EOS:
                return "eos"
            if text := stops.push(token):
                yield tally.chunk(text)
            if stops.matched:
                return "stop"
            if tally.generated == params.n_predict:
                return "length"
            if len(self._log) + 1 >= self._info.n_ctx:
                room = _room(self._log, params, len(prompt))
                if room is None:
                    return "context"
                tally.dropped += room[0].tokens
                yield room[0]
                self._log.remove(*room[1])
            self._log.append(self._script.id(token), prompt.turns[-1])
        raise AssertionError("the script ends with EOS, or never")

    def _die(self) -> EngineDied:
        self._log = Tokens()
        self._fail_at = None
        return EngineDied("The scripted engine died, as its script says.", "Just ask again.")

    def _stopped(self, seconds: float = 0.0) -> bool:
        """Sleep, unless somebody cancels."""
        return self._cancelled.wait(seconds) if seconds > 0 else self._cancelled.is_set()


def _room(
    log: Tokens, params: GenerateParams, n_prompt: int
) -> tuple[Trimmed, tuple[int, int]] | None:
    """What leaves a full context, and its positions; None where nothing may."""
    if not params.context_shift or params.n_predict == -2:
        return None
    if log.preamble() < len(log):
        found = oldest_turns(log, n_ctx=len(log) + 1)
        return found and (Trimmed(found[0], found[2] - found[1]), found[1:])
    keep = n_prompt if params.n_keep < 0 else min(params.n_keep + 1, n_prompt)
    half = half_of_the_rest(log, n_keep=keep)
    return half and (Trimmed((), half[1] - half[0]), half)


def _info(n_ctx: int, n_ubatch: int, chat_template: str, metadata: dict[str, str]) -> EngineInfo:
    return EngineInfo(
        name="scripted", path="", architecture="scripted", ftype="none",
        n_params=0, n_vocab=0, n_ctx=n_ctx, n_ctx_train=n_ctx,
        n_embd=0, n_head=0, n_head_kv=0, n_layer=0, n_rot=0, n_ff=0,
        n_batch=n_ubatch, n_ubatch=n_ubatch, threads=1, threads_batch=1,
        chat_template=chat_template, bos=BOS, eos=EOS, cache_type_k="none", cache_type_v="none",
        rung="plain", system_info="a script, no model", memory=Memory(), state_key="5c" * 16,
        metadata=metadata,
    )  # fmt: skip
