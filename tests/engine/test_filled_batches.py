"""Batches that are filled up leave what unfilled ones leave: the same log, memory and logits."""

from __future__ import annotations

import pytest

from llamachat.engine.context import Tokens, common_prefix
from llamachat.engine.llama.batch_shape import filled_up
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.prompt import raw_prompt
from tests.engine.conftest import OpenModel

SIZES = (2, 3, 7, 14, 15, 31)
TOLERANCE = 1e-3
"""of logits of about 1; measured: 0.0, but kernels of other processors may sum otherwise"""


@pytest.fixture
def engine(open_model: OpenModel) -> LlamaEngine:
    engine = open_model(n_ctx=256)
    if not engine.cache._fills_up:
        pytest.skip("the kernels of this processor use the weights as they are")
    return engine


def evaluated(engine: LlamaEngine, size: int) -> list[float]:
    """Logits after so many tokens, and after one more that sees them all."""
    cache = engine.cache
    cache.clear()
    cache.decode(Tokens([300 + 7 * i % 90 for i in range(size)], [0] * size))
    logits = cache.logits()
    cache.decode_one(301, 0)
    return logits + cache.logits()


@pytest.mark.parametrize("size", SIZES)
def test_a_filled_batch_leaves_what_an_unfilled_one_leaves(engine: LlamaEngine, size: int) -> None:
    filled = evaluated(engine, size)
    held = engine.inspect()
    engine.cache._fills_up = False
    plain = evaluated(engine, size)
    assert len(held.tokens) == size + 1
    assert held.tokens == engine.inspect().tokens
    assert filled == pytest.approx(plain, abs=TOLERANCE)


def test_what_fills_a_batch_is_evaluated_and_forgotten(
    engine: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, library = engine.cache, engine.cache._library
    sizes: list[int] = []
    decode = library.llama_decode

    def counted(context: object, batch: object) -> int:
        sizes.append(int(batch.n_tokens))  # type: ignore[attr-defined]
        return int(decode(context, batch))

    monkeypatch.setattr(library, "llama_decode", counted)
    for size in SIZES:
        cache.clear()
        cache.decode(Tokens([300] * size, [0] * size))
        assert library.llama_memory_seq_pos_max(cache._memory, 0) == size - 1
    assert sizes == [filled_up(size) for size in SIZES]


def test_the_last_batch_of_a_full_context_is_not_filled(engine: LlamaEngine) -> None:
    cache, n_ctx = engine.cache, engine.info.n_ctx
    cache.clear()
    cache.decode(Tokens([300] * (n_ctx - 3), [0] * (n_ctx - 3)))
    assert cache.decode(Tokens([301] * 3, [0] * 3))
    assert len(cache) == n_ctx


def test_a_prompt_that_shares_only_its_beginning_is_read_whole(engine: LlamaEngine) -> None:
    first, second = (raw_prompt(f"{word} and so it goes on and on") for word in ("one", "two"))
    list(engine.prefill(first))
    steps = list(engine.prefill(second))
    shared = common_prefix(engine.vocab.tokenize(first).ids, engine.vocab.tokenize(second).ids)
    n_tokens = steps[-1].total
    assert 0 < shared < 4
    whole = shared <= filled_up(n_tokens - shared) - (n_tokens - shared)
    assert steps[0].cached == (0 if whole else shared)
    assert len(engine.inspect().tokens) == n_tokens
