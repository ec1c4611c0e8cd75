"""OpenAI's own client gets vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import openai

TEXTS = ["The cat sleeps.", "The cat is sleeping.", "Add 17 and 25."]


def dot(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(first, second, strict=True))


def test_vectors_have_length_one_and_lie_as_their_texts_do(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="bob", input=[*TEXTS, TEXTS[0]])
    cat, same_sense, other, again = (row.embedding for row in answer.data)
    assert all(dot(row.embedding, row.embedding) == pytest.approx(1) for row in answer.data)
    assert cat == again
    assert dot(cat, same_sense) > dot(cat, other)
    assert answer.usage.prompt_tokens > 10


def test_base64_and_numbers_are_the_same_vector(client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model="bob", input=TEXTS[0])
    plain = client.embeddings.create(model="bob", input=TEXTS[0], encoding_format="float")
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-7)


def test_a_long_text_finds_room(client: openai.OpenAI) -> None:
    long, short = "one two three four five " * 100, TEXTS[0]
    before = client.embeddings.create(model="bob", input=short).data[0].embedding
    assert client.embeddings.create(model="bob", input=long).usage.prompt_tokens > 256
    after = client.embeddings.create(model="bob", input=short).data[0].embedding
    assert dot(before, after) == pytest.approx(1, abs=1e-4)


def test_a_text_that_is_too_long_is_refused(client: openai.OpenAI) -> None:
    import openai

    with pytest.raises(openai.BadRequestError) as refused:
        client.embeddings.create(model="bob", input="one two three " * 1000)
    assert refused.value.code == "context_length_exceeded"


def test_a_chat_does_not_lose_its_cache_to_them(client: openai.OpenAI) -> None:
    def cached() -> int:
        answer = client.completions.create(
            model="bob", prompt="Once upon a time there was a cat", max_tokens=1
        )
        assert answer.usage is not None
        assert answer.usage.prompt_tokens_details is not None
        return answer.usage.prompt_tokens_details.cached_tokens or 0

    cached()
    client.embeddings.create(model="bob", input=TEXTS)
    assert cached() > 5
