"""OpenAI's own client lets Bob go on with a text; log probabilities in both forms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import openai

TEXT = "The capital of France is"


def test_a_text_goes_on_for_sixteen_tokens(client: openai.OpenAI) -> None:
    answer = client.completions.create(
        model="bob", prompt=TEXT, temperature=0, extra_body={"ignore_eos": True}
    )
    assert answer.choices[0].text
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 16


def test_a_stream_is_the_whole_text_in_pieces(client: openai.OpenAI) -> None:
    whole = client.completions.create(model="bob", prompt=[TEXT], temperature=0)
    stream = client.completions.create(model="bob", prompt=TEXT, temperature=0, stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream) == whole.choices[0].text


def test_log_probabilities_of_a_greedy_answer_are_the_best_ones(client: openai.OpenAI) -> None:
    answer = client.completions.create(
        model="bob", prompt=TEXT, temperature=0, max_tokens=12, logprobs=5
    )
    choice = answer.choices[0]
    probs = choice.logprobs
    assert probs is not None
    assert probs.tokens is not None
    assert probs.token_logprobs is not None
    assert probs.top_logprobs is not None
    assert probs.text_offset is not None
    assert "".join(probs.tokens) == choice.text
    for token, logprob, top in zip(
        probs.tokens, probs.token_logprobs, probs.top_logprobs, strict=True
    ):
        assert logprob == max(top.values())
        assert top[token] == logprob
        assert sum(map(math.exp, top.values())) <= 1.0 + 1e-6
    starts = [choice.text[start:] for start in probs.text_offset]
    assert all(rest.startswith(token) for rest, token in zip(starts, probs.tokens, strict=True))


def test_log_probabilities_do_not_depend_on_the_sampling(client: openai.OpenAI) -> None:
    plain, odd = (
        client.completions.create(
            model="bob", prompt=TEXT, temperature=temperature, max_tokens=1, logprobs=3, seed=3
        ).choices[0].logprobs
        for temperature in (0, 1.7)
    )  # fmt: skip
    assert plain is not None
    assert odd is not None
    assert plain.top_logprobs is not None
    assert odd.top_logprobs is not None
    assert plain.top_logprobs[0] == pytest.approx(odd.top_logprobs[0], abs=1e-3)


def test_a_chat_has_log_probabilities_with_their_bytes(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="bob", messages=[{"role": "user", "content": "Hello!"}], temperature=0,
        max_tokens=12, logprobs=True, top_logprobs=2,
    )  # fmt: skip
    choice = answer.choices[0]
    assert choice.logprobs is not None
    rows = choice.logprobs.content
    assert rows
    said = b"".join(bytes(row.bytes or []) for row in rows).decode()
    assert said.strip() == choice.message.content
    assert all(len(row.top_logprobs) == 2 for row in rows)
    assert all(row.logprob == row.top_logprobs[0].logprob for row in rows)


def test_a_stream_carries_the_same_log_probabilities(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="bob", messages=[{"role": "user", "content": "Hello!"}], temperature=0,
        max_tokens=12, logprobs=True, stream=True,
    )  # fmt: skip
    said, told = "", ""
    for chunk in stream:
        choice = chunk.choices[0]
        said += choice.delta.content or ""
        rows = choice.logprobs.content if choice.logprobs else None
        told += "".join(row.token for row in rows or ())
    assert told.strip() == said
