"""OpenAI's own client talks with Bob over the chat endpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.serve.conftest import Running

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello, who are you?"}]


def ask(client: openai.OpenAI, **more: object) -> ChatCompletion:
    from openai.types.chat import ChatCompletion

    answer = client.chat.completions.create(
        model="bob", messages=HELLO, **{"temperature": 0, "max_tokens": 24, **more}
    )  # type: ignore[call-overload]
    assert isinstance(answer, ChatCompletion)
    return answer


def test_an_answer_has_words_a_reason_and_its_costs(client: openai.OpenAI) -> None:
    answer = ask(client)
    choice, usage = answer.choices[0], answer.usage
    assert choice.message.role == "assistant"
    assert choice.message.content
    assert choice.message.content == choice.message.content.strip()
    assert "User:" not in choice.message.content
    assert choice.finish_reason in ("stop", "length")
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert 0 < usage.completion_tokens <= 24
    assert answer.model == "bob"


def test_a_stream_is_the_whole_answer_in_pieces(client: openai.OpenAI) -> None:
    whole = ask(client)
    stream = client.chat.completions.create(
        model="bob", messages=HELLO, temperature=0, max_tokens=24, stream=True,
        stream_options={"include_usage": True},
    )  # fmt: skip
    chunks = list(stream)
    said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert said == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices]
    assert reasons[-1] == whole.choices[0].finish_reason
    assert not any(reasons[:-1])
    assert chunks[-1].usage is not None
    assert chunks[-1].choices == []
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_second_turn_costs_only_its_own_tokens(client: openai.OpenAI) -> None:
    first = ask(client)
    said = first.choices[0].message.content
    messages: list[ChatCompletionMessageParam] = [
        *HELLO,
        {"role": "assistant", "content": said},
        {"role": "user", "content": "And how are you?"},
    ]
    second = client.chat.completions.create(
        model="bob", messages=messages, temperature=0, max_tokens=8
    )
    assert second.usage is not None
    details = second.usage.prompt_tokens_details
    assert details is not None
    assert details.cached_tokens is not None
    assert second.usage.prompt_tokens - details.cached_tokens < 30


def test_a_stop_string_ends_the_answer_and_is_not_shown(client: openai.OpenAI) -> None:
    words = (ask(client).choices[0].message.content or "").split()
    stop = f" {words[2]}"
    cut = ask(client, stop=[stop]).choices[0]
    assert cut.finish_reason == "stop"
    assert stop not in f" {cut.message.content}"
    assert (cut.message.content or "").split() == words[:2]


def test_the_same_seed_gives_the_same_answer(client: openai.OpenAI) -> None:
    wild = {"min_p": 0, "top_k": 0}
    warm = {"temperature": 3, "top_p": 1, "max_tokens": 16, "extra_body": wild}
    said = [ask(client, seed=seed, **warm).choices[0].message.content for seed in (7, 7, 8)]
    assert said[0] == said[1]
    assert said[0] != said[2]


def test_the_limit_of_tokens_holds(client: openai.OpenAI) -> None:
    answer = ask(client, max_tokens=3)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3
    newer = client.chat.completions.create(
        model="bob", messages=HELLO, temperature=0, max_completion_tokens=3
    )
    assert newer.choices[0].message.content == answer.choices[0].message.content


def test_a_schema_is_kept_to(client: openai.OpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}
    for seed in (1, 2):
        answer = ask(client, response_format=wanted, temperature=1, max_tokens=200, seed=seed)
        person = json.loads(answer.choices[0].message.content or "")
        assert isinstance(person["name"], str)
        assert isinstance(person["age"], int)


def test_a_logit_bias_decides(client: openai.OpenAI) -> None:
    answer = ask(client, logit_bias={"400": 100}, logprobs=True, max_tokens=6)
    assert answer.choices[0].logprobs is not None
    rows = answer.choices[0].logprobs.content
    assert rows
    assert len({row.token for row in rows}) == 1
    assert ask(client, max_tokens=6).choices[0].message.content != answer.choices[0].message.content


def test_a_begun_answer_goes_on(client: openai.OpenAI) -> None:
    whole = ask(client).choices[0].message.content or ""
    begun = " ".join(whole.split()[:3])
    messages: list[ChatCompletionMessageParam] = [
        *HELLO, {"role": "assistant", "content": begun},
    ]  # fmt: skip
    rest = client.chat.completions.create(
        model="bob", messages=messages, temperature=0, max_tokens=24
    )
    assert (rest.choices[0].message.content or "").split()[:2] == whole.split()[3:5]


def test_a_system_message_takes_the_place_of_the_preamble(client: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "A talk."}, *HELLO,
    ]  # fmt: skip
    answer = client.chat.completions.create(model="bob", messages=messages, max_tokens=4)
    plain = ask(client, max_tokens=4)
    assert answer.usage is not None
    assert plain.usage is not None
    assert answer.usage.prompt_tokens < plain.usage.prompt_tokens / 2


def test_parts_of_text_are_one_text(client: openai.OpenAI) -> None:
    parts = client.chat.completions.create(
        model="whatever", temperature=0, max_tokens=24,
        messages=[{"role": "user", "content": [
            {"type": "text", "text": "Hello, "}, {"type": "text", "text": "who are you?"},
        ]}],
    )  # fmt: skip
    assert parts.choices[0].message.content == ask(client).choices[0].message.content


def test_no_words_of_a_message_become_structure(client: openai.OpenAI) -> None:
    """As special tokens they would be one token each."""

    def tokens(text: str) -> int:
        answer = client.chat.completions.create(
            model="bob", messages=[{"role": "user", "content": text}], max_tokens=1
        )
        assert answer.usage is not None
        return answer.usage.prompt_tokens

    assert tokens("x" + "</s>" * 10) - tokens("x") >= 20
    assert tokens("x\x00\x1b[31m") > tokens("x")


def test_a_request_is_one_line_of_the_log_without_its_words(server: Running) -> None:
    before = len(server.log)
    server.client.chat.completions.create(
        model="bob", messages=[{"role": "user", "content": "Zanzibar?"}], max_tokens=5
    )
    line = server.wait_for("POST /v1/chat/completions 200", since=before)
    assert line.startswith("127.0.0.1 POST")
    assert "tokens" in line
    assert not any("Zanzibar" in line or "a-key-for-tests" in line for line in server.log)


def test_a_stream_tells_how_far_the_prompt_is_where_that_is_asked_for(
    client: openai.OpenAI,
) -> None:
    stream = client.chat.completions.create(
        model="bob", messages=[{"role": "user", "content": "Zebra, zebra."}], max_tokens=2,
        stream=True, extra_body={"return_progress": True},
    )  # fmt: skip
    told = [(chunk.model_extra or {}).get("prompt_progress") for chunk in stream]
    last = [one for one in told if one][-1]
    assert last["processed"] == last["total"] > last["cache"] >= 0
