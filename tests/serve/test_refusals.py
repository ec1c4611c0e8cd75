"""What is wrong with a request is said in OpenAI's shape, as its client's own exceptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llamachat.serve.intake import MAX_BODY
from tests.serve.conftest import KEY, Running

if TYPE_CHECKING:
    import openai

MESSAGES = [{"role": "user", "content": "Hello"}]


def post(server: Running, path: str, body: object, **headers: str) -> tuple[int, Any]:
    status, _, answer = server.ask("POST", path, body, **headers)
    return status, json.loads(answer)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": -1}, "temperature"),
        ({"top_p": 2}, "top_p"),
        ({"top_k": 1.5}, "top_k"),
        ({"n": 2}, "n"),
        ({"stop": [""]}, "stop"),
        ({"stop": [1]}, "stop"),
        ({"seed": "x"}, "seed"),
        ({"max_tokens": -5}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"model": 3}, "model"),
        ({"logit_bias": {"999999": 1}}, "logit_bias"),
        ({"logit_bias": {"a": 1}}, "logit_bias"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"stream_options": {"nonsense": 1}}, "stream_options.nonsense"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"nonsense": 1}, "nonsense"),
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages[0].content[0].type",
        ),
    ],
)
def test_a_wrong_field_is_named(server: Running, change: dict[str, object], param: str) -> None:
    status, answer = post(
        server, "/v1/chat/completions", {"model": "bob", "messages": MESSAGES, **change}
    )
    assert status == 400
    assert answer["error"]["param"] == param
    assert answer["error"]["type"] == "invalid_request_error"
    assert answer["error"]["message"].endswith(".")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"n": NaN}', b"[" * 100_000, b'{"n": ' + b"1" * 9999]
)
def test_a_body_that_is_no_object_is_refused(server: Running, body: bytes) -> None:
    for path in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings"):
        status, answer = post(server, path, body)
        assert (status, answer["error"]["code"]) == (400, "invalid_json")


def test_half_a_character_harms_nothing(server: Running) -> None:
    status, _ = post(server, "/v1/completions", b'{"prompt": "\\ud800", "max_tokens": 1}')
    assert status == 200
    status, answer = post(server, "/v1/completions", b'{"prompt": "", "\\ud800": 1}')
    assert (status, answer["error"]["code"]) == (400, "unknown_parameter")


def test_a_schema_that_no_grammar_can_express_is_refused(client: openai.OpenAI) -> None:
    import openai

    with pytest.raises(openai.BadRequestError, match="schema") as refused:
        client.chat.completions.create(
            model="bob",
            messages=[{"role": "user", "content": "Hello"}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "x", "schema": {"$ref": "https://example.org/x"}},
            },
        )
    assert refused.value.param == "response_format"


def test_a_prompt_over_the_context_is_refused(client: openai.OpenAI) -> None:
    import openai

    with pytest.raises(openai.BadRequestError) as refused:
        client.completions.create(model="bob", prompt="one two three " * 1000)
    assert refused.value.code == "context_length_exceeded"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert refused.value.param == "prompt"
    assert refused.value.type == "invalid_request_error"


def test_without_the_right_key_nothing_is_answered(server: Running) -> None:
    import openai

    for key in ("wrong", KEY[:-1], KEY + "x"):
        with pytest.raises(openai.AuthenticationError) as refused:
            server.client.with_options(api_key=key).models.list()
        assert refused.value.code == "invalid_api_key"
    status, _ = post(server, "/v1/completions", {"prompt": "x"}, authorization="")
    assert status == 401
    status, _ = post(server, "/metrics", {}, authorization="")
    assert status == 401


def test_a_body_that_is_too_large_is_refused(server: Running) -> None:
    status, answer = post(server, "/v1/completions", b" " * (MAX_BODY + 1))
    assert (status, answer["error"]["code"]) == (413, "request_too_large")


def test_pages_of_other_origins_are_refused(server: Running) -> None:
    status, answer = post(server, "/v1/completions", {"prompt": "x"}, origin="https://example.org")
    assert (status, answer["error"]["code"]) == (403, "wrong_origin")
    status, _ = post(server, "/v1/completions", {"prompt": "x", "max_tokens": 1}, origin=server.url)
    assert status == 200


def test_what_is_not_there_is_not_found(server: Running) -> None:
    import openai

    for path, wrong in (
        ("/v1/nothing", (404, "not_found")),
        ("/v1/models", (405, "method_not_allowed")),
    ):
        status, answer = post(server, path, {})
        assert (status, answer["error"]["code"]) == wrong
    with pytest.raises(openai.NotFoundError) as missing:
        server.client.models.retrieve("gpt-5")
    assert missing.value.code == "model_not_found"


def test_the_model_and_the_health_can_be_asked(server: Running) -> None:
    assert [model.id for model in server.client.models.list()] == ["bob"]
    status, _, answer = server.ask("GET", "/health", authorization="")
    assert (status, json.loads(answer)) == (200, {"status": "ok"})
    status, headers, answer = server.ask("HEAD", "/health")
    assert (status, headers["content-length"], answer) == (200, "15", b"")


def test_a_host_that_is_none_harms_nothing(server: Running) -> None:
    status, answer = post(server, "/v1/completions", {"temperature": "x"}, host="[bad")
    assert (status, answer["error"]["param"]) == (400, "temperature")


def test_nobody_can_pretend_to_ask_for_somebody_else(server: Running) -> None:
    before = len(server.log)
    server.ask("GET", "/v1/models", **{"x-forwarded-for": "192.0.2.7"})
    assert server.wait_for("GET /v1/models", since=before).startswith("127.0.0.1 ")


def test_the_counters_count(server: Running) -> None:
    def count(name: str) -> float:
        lines = server.ask("GET", "/metrics")[2].decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(name))

    before = count("llamachat_generated_tokens_total")
    answer = server.client.completions.create(model="bob", prompt="Hello", max_tokens=5)
    assert answer.usage is not None
    after = count("llamachat_generated_tokens_total")
    assert after - before == answer.usage.completion_tokens
    assert count("llamachat_model_loaded") == 1
    kind = server.ask("GET", "/metrics")[1]["content-type"]
    assert kind == "text/plain; version=0.0.4; charset=utf-8", "what every scraper reads"
