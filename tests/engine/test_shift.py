"""A full context drops whole turns, keeps the preamble, and evaluates nothing again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from llamachat.engine.base import Event, Prefilled, Trimmed
from llamachat.engine.context import Tokens
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.library import bindings
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import Prompt, content, scaffold
from tests.engine.answers import (
    GREEDY,
    PROMPT,
    TOLERANCE,
    done_of,
    largest_difference,
    run,
    text_of,
)
from tests.engine.conftest import OpenModel

N_CTX = 256
PREAMBLE = scaffold("A dialog between two who like to talk and never come to an end.\n")

ROUNDING = {("f32", "off"): 1e-3, ("f32", "on"): 0.1, ("f16", "off"): 0.1, ("f16", "on"): 0.1}
"""of a logit (standard deviation 2.7) after 37 shifts, one layer of f32 weights, by type of the KV
cache and flash attention, which computes in f16; largest seen: 6e-5, 0.017, 0.016, 0.019. Each
shift turns the keys once more and rounds them.

Deeper models differ by more than rounding (by 6 and more with random weights): what stays was
evaluated with the dropped turns in sight, and keeps what it took from them. That is what dropping
without evaluating again means; `test_completion_oracle` shows that llama.cpp gets the same text."""


@dataclass
class Dialog:
    """A dialog that grows by a question and an answer each turn."""

    engine: LlamaEngine | ProcessEngine
    prompt: Prompt = (PREAMBLE,)
    turn: int = 0
    trimmed: list[int] = field(default_factory=list)

    def ask(self, n: int = 20) -> list[Event]:
        """One more question, and the whole answer."""
        return self.hear(list(self.begin(n)))

    def begin(self, n: int = 20) -> Iterator[Event]:
        self.turn += 1
        words = f" tell me more about {self.turn * 7919 % 1000} please"
        self.prompt += (scaffold("User:", self.turn), content(words, self.turn))
        self.prompt += (scaffold("\nBob:", self.turn),)
        return self.engine.generate(
            self.prompt, GenerateParams(n, sampling=GREEDY, context_shift=True)
        )

    def hear(self, events: list[Event]) -> list[Event]:
        self.prompt += (content(text_of(events), self.turn), scaffold("\n", self.turn))
        self.trimmed += [t for e in events if isinstance(e, Trimmed) for t in e.turns]
        return events


def head_of(engine: LlamaEngine) -> list[int]:
    return engine.vocab.tokenize((PREAMBLE,)).ids


@pytest.fixture
def model(generated: Callable[[str], Path]) -> Path:
    return generated("q4_K_M")


@pytest.mark.parametrize("n", [4, 60])
def test_each_of_40_turns_costs_its_own_tokens_and_never_the_history(
    open_model: OpenModel, model: Path, n: int
) -> None:
    engine = open_model(model, n_ctx=N_CTX)
    dialog, before = Dialog(engine), 0
    for _ in range(40):
        usage = done_of(dialog.ask(n)).usage
        whole = engine.count(dialog.prompt[:-2])
        assert usage.prompt - usage.cached == whole - before
        before = whole + usage.generated - 1  # the last token of an answer is not evaluated
    assert len(dialog.trimmed) > 10
    assert dialog.trimmed == list(range(1, len(dialog.trimmed) + 1))


@pytest.mark.parametrize("n", [20, 60])
def test_the_preamble_stays_and_whole_turns_follow_it(
    open_model: OpenModel, model: Path, n: int
) -> None:
    engine = open_model(model, n_ctx=N_CTX)
    dialog, head = Dialog(engine), head_of(engine)
    for _ in range(20):
        dialog.ask(n)
        held = engine.inspect()
        first = dialog.trimmed[-1] + 1 if dialog.trimmed else 1
        assert list(held.tokens[: len(head)]) == head
        assert held.turns == tuple(sorted(held.turns))
        assert set(held.turns) == {0, *range(first, dialog.turn + 1)}
        whole = engine.vocab.tokenize(dialog.prompt)
        kept = [i for i, turn in zip(whole.ids, whole.turns, strict=True) if turn in held.turns]
        assert list(held.tokens) == kept[: len(held.tokens)]


def test_it_is_announced_before_it_happens(open_model: OpenModel, model: Path) -> None:
    engine = open_model(model, n_ctx=N_CTX)
    dialog, events = Dialog(engine), []
    while not dialog.trimmed:
        events = dialog.ask()
    place = next(i for i, event in enumerate(events) if isinstance(event, Trimmed))
    dropped = events[place]
    assert isinstance(dropped, Trimmed)
    assert done_of(events).usage.dropped == dropped.tokens > 0
    assert not any(isinstance(event, Prefilled) for event in events[:place])


def fresh_logits(options: EngineOptions, tokens: tuple[int, ...]) -> tuple[float, ...]:
    """Of the last position, after a prefill of these tokens into an empty cache."""
    with LlamaEngine(options) as engine:
        engine.cache.decode(Tokens(list(tokens), [0] * len(tokens)))
        return engine.inspect().logits


@pytest.mark.parametrize(
    ("kv", "flash"),
    [
        ("f32", "off"),
        ("f16", "on"),
        pytest.param("f32", "on", marks=pytest.mark.slow),
        pytest.param("f16", "off", marks=pytest.mark.slow),
    ],
)
def test_a_shifted_cache_equals_a_fresh_one_within_rounding(
    one_layer: Path, kv: str, flash: str
) -> None:
    options = EngineOptions(
        one_layer,
        n_ctx=N_CTX,
        threads=2,
        cache_type_k=kv,
        cache_type_v=kv,
        flash_attention=flash,  # type: ignore[arg-type]
    )
    with LlamaEngine(options) as engine:
        dialog, largest = Dialog(engine), 0.0
        for turn in range(40):
            dialog.ask()
            if turn % 8 == 7:
                held = engine.inspect()
                fresh = fresh_logits(options, held.tokens)
                largest = max(largest, largest_difference(held.logits, fresh))
    assert len(dialog.trimmed) > 30
    print(f"largest difference of a logit after shifts: {largest:.2g} ({kv}, flash {flash})")
    assert largest < ROUNDING[kv, flash]


def up_to_the_shift(engine: LlamaEngine) -> tuple[Dialog, Iterator[Event]]:
    """A dialog whose newest answer has shifted the cache and evaluated nothing yet."""
    dialog = Dialog(engine)
    while True:
        stream = dialog.begin()
        first = next(stream)
        if isinstance(first, Trimmed):
            assert isinstance(next(stream), Prefilled)
            assert engine.cache.shift_pending
            return dialog, stream
        dialog.hear([first, *stream])


@pytest.mark.parametrize("after", [0, 1])
def test_a_cancel_while_a_shift_is_applied_does_not_apply_it_twice(
    open_model: OpenModel, one_layer: Path, after: int
) -> None:
    """llama.cpp would stop between two layers, and shift the first ones again next time."""
    kinds = {"cache_type_k": "f32", "cache_type_v": "f32", "flash_attention": "off"}
    engine = open_model(one_layer, n_ctx=N_CTX, **kinds)
    dialog, stream = up_to_the_shift(engine)
    asked = 0

    @bindings().ggml_abort_callback  # type: ignore[untyped-decorator]
    def stop_after_a_few_nodes(_data: object) -> bool:
        nonlocal asked
        asked += 1
        if asked > after:
            engine.cancel()
        return asked > after

    loaded = engine._loaded
    former, loaded.abort_check = loaded.abort_check, stop_after_a_few_nodes
    bindings().llama_set_abort_callback(loaded.context, stop_after_a_few_nodes, None)
    assert done_of(list(stream)).reason == "cancelled"
    loaded.abort_check = former
    bindings().llama_set_abort_callback(loaded.context, former, loaded.stop)
    list(engine.prefill(dialog.prompt))
    held = engine.inspect()
    fresh = fresh_logits(EngineOptions(one_layer, n_ctx=N_CTX, **kinds), held.tokens)  # type: ignore[arg-type]
    assert largest_difference(held.logits, fresh) < ROUNDING["f32", "off"]


def test_a_memory_that_cannot_shift_is_filled_again_and_ends_where_it_is_full(
    open_model: OpenModel, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cache, "can_shift", False)
    engine = open_model(model, n_ctx=N_CTX)
    dialog = Dialog(engine)
    while not dialog.trimmed:
        usage = done_of(dialog.ask()).usage
    assert len(head_of(engine)) <= usage.cached < usage.prompt // 2
    held = engine.inspect()
    fresh = fresh_logits(EngineOptions(model, n_ctx=N_CTX, threads=1), held.tokens)
    assert largest_difference(held.logits, fresh) < TOLERANCE
    assert done_of(dialog.ask(300)).reason == "context"


def test_a_prompt_without_turns_loses_half_of_what_follows_n_keep(open_model: OpenModel) -> None:
    engine = open_model(n_ctx=N_CTX)
    events = run(engine, n=600, context_shift=True, n_keep=5)
    trims = [event for event in events if isinstance(event, Trimmed)]
    assert [trim.turns for trim in trims] == [()] * len(trims)
    assert [trim.tokens for trim in trims] == [(N_CTX - 1 - 6) // 2] * len(trims)
    assert len(trims) > 2
    assert done_of(events).usage.generated == 600
    assert list(engine.inspect().tokens[:6]) == engine.vocab.tokenize(PROMPT).ids[:6]
