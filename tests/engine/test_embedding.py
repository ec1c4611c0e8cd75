"""Vectors of texts: of length one, the same for the same text, and beside the chat's cache."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.engine.embedding import Embedding, decode_embedding, encode_embedding
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import content, raw_prompt
from llamachat.errors import EngineError, PromptTooLong, UsageError
from tests.engine.conftest import OpenModel

TEXTS = ["The cat sleeps.", "Add 17 and 25.", "The cat sleeps."]


def embed(engine: LlamaEngine | ProcessEngine, *texts: str) -> list[Embedding]:
    return list(engine.embed([(content(text),) for text in texts]))


def test_vectors_have_length_one_and_depend_on_the_text_alone(open_model: OpenModel) -> None:
    first, other, again = embed(open_model(), *TEXTS)
    for one in (first, other, again):
        assert math.fsum(x * x for x in one.vector) == pytest.approx(1)
        assert one.n_tokens > 3
    assert first == again
    assert first != other


def test_a_longer_text_makes_room_and_changes_none_before(open_model: OpenModel) -> None:
    engine = open_model(n_ctx=1024)
    (before,) = embed(engine, TEXTS[0])
    assert embed(engine, "one two three " * 40)[0].n_tokens > 256
    (after,) = embed(engine, TEXTS[0])
    assert math.fsum(a * b for a, b in zip(before.vector, after.vector, strict=True)) > 0.9999


def test_the_cache_of_the_chat_stays(open_model: OpenModel) -> None:
    engine = open_model()
    list(engine.prefill(raw_prompt("Once upon a time")))
    held = engine.inspect()
    embed(engine, *TEXTS)
    assert engine.inspect() == held


def test_what_has_no_vector_is_refused(open_model: OpenModel) -> None:
    engine = open_model()
    with pytest.raises(PromptTooLong, match="holds at most 252"):
        embed(engine, "short", "one two three " * 200)
    assert embed(engine, "short")


def test_a_child_gives_the_same_vectors(tiny: Path, open_model: OpenModel) -> None:
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as child:
        there = embed(child, *TEXTS)
        with pytest.raises(UsageError):
            embed(child, "one two three " * 200)
        assert embed(child, TEXTS[0]) == there[:1]
    here = embed(open_model(), *TEXTS)
    for one, other in zip(here, there, strict=True):
        assert one.vector == pytest.approx(other.vector, abs=1e-6)


def test_a_cancel_ends_them(open_model: OpenModel, generated: Callable[[str], Path]) -> None:
    engine = open_model(generated("q4_0"))
    vectors = engine.embed([raw_prompt("a b c")] * 3)
    next(vectors)
    engine.cancel()
    with pytest.raises(EngineError, match="code 2"):
        list(vectors)
    assert embed(engine, TEXTS[0])


def test_they_survive_the_wire() -> None:
    one = Embedding((0.5, -0.25, 1.0), 7)
    assert decode_embedding(encode_embedding(one)) == one
