"""What a server is asked."""

import json
import math

import pytest

from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import Segment, content, raw_prompt, scaffold
from llamachat.engine.remote.request import request_for
from llamachat.engine.remote.server import Server
from llamachat.errors import UsageError

OTHER = Server("m")
LLAMA = Server("m", "llama-server")
VLLM = Server("m", "vllm")
OURS = Server("m", "llamachat")
TEXT = raw_prompt("Once")


def test_a_transcript_is_text_for_completions() -> None:
    prompt = (scaffold("A.\n"), content("User: hi", 1), scaffold("\nBob:", 1))
    request = request_for(prompt, GenerateParams(n_predict=5), OTHER)
    assert request.path == "/completions"
    assert request.body["prompt"] == "A.\nUser: hi\nBob:"
    assert request.body["max_tokens"] == 5
    assert request.body["stream"] is True


def test_messages_go_to_chat_completions_without_what_is_between_them() -> None:
    prompt = (scaffold("[user]\n"), Segment("hi", "content", 1, "user"))
    request = request_for(prompt, GenerateParams(), OTHER)
    assert request.path == "/chat/completions"
    assert request.body["messages"] == [{"role": "user", "content": "hi"}]
    assert "max_tokens" not in request.body


def test_an_answer_without_a_limit_says_so_where_the_default_is_sixteen_tokens() -> None:
    for server, none in ((OTHER, None), (VLLM, None), (LLAMA, None), (OURS, -1)):
        assert request_for(TEXT, GenerateParams(), server).body["max_tokens"] == none


def test_defaults_of_llama_cpp_are_sent_as_far_as_the_protocol_has_them() -> None:
    request = request_for(TEXT, GenerateParams(), OTHER)
    assert request.body["temperature"] == 0.8
    assert request.body["top_p"] == 0.95
    assert request.extras == ()
    assert {"seed", "top_k", "min_p", "presence_penalty", "stop"}.isdisjoint(request.body)


def test_what_differs_is_sent_by_the_names_of_each_server() -> None:
    sampling = SamplingParams(top_k=5, repeat_penalty=1.2, typical=0.9, seed=3, ignore_eos=True)
    params = GenerateParams(sampling=sampling)
    sent = request_for(TEXT, params, LLAMA)
    assert sent.body["repeat_penalty"] == 1.2
    assert sent.body["typical_p"] == 0.9
    assert sent.body["seed"] == 3
    assert set(sent.extras) == {"top_k", "repeat_penalty", "typical_p", "ignore_eos"}
    assert request_for(TEXT, params, VLLM).body["repetition_penalty"] == 1.2


def test_a_temperature_below_zero_is_greedy() -> None:
    params = GenerateParams(sampling=SamplingParams(temp=-1.0))
    assert request_for(TEXT, params, OTHER).body["temperature"] == 0.0


def test_four_reverse_prompts_are_sent_without_the_space_at_their_end() -> None:
    params = GenerateParams(stop=("User: ", "b", "c", "d", "e"))
    request = request_for(TEXT, params, OTHER)
    assert request.body["stop"] == ["User:", "b", "c", "d"]
    assert request.stops["User:"] == "User: "


def test_a_schema_is_a_response_format_in_a_chat() -> None:
    sampling = SamplingParams(json_schema='{"type": "object"}')
    chat = (Segment("hi", "content", 1, "user"),)
    body = request_for(chat, GenerateParams(sampling=sampling), OTHER).body
    assert body["response_format"]["type"] == "json_schema"  # type: ignore[index]
    body = request_for(TEXT, GenerateParams(sampling=sampling), LLAMA).body
    assert body["json_schema"] == {"type": "object"}


def test_a_grammar_that_would_be_ignored_is_refused() -> None:
    params = GenerateParams(sampling=SamplingParams(grammar='root ::= "yes"'))
    assert request_for(TEXT, params, LLAMA).body["grammar"]
    with pytest.raises(UsageError, match="GBNF"):
        request_for(TEXT, params, VLLM)


def test_only_servers_of_llama_cpp_are_asked_to_tell_more() -> None:
    assert "verbose" in request_for(TEXT, GenerateParams(), LLAMA).body
    ours = request_for(TEXT, GenerateParams(), Server("bob", "llamachat")).body
    assert "return_progress" in ours
    assert "verbose" not in ours
    assert "return_progress" not in request_for(TEXT, GenerateParams(), OTHER).body


def test_a_token_that_is_ruled_out_has_a_number_that_json_knows() -> None:
    params = GenerateParams(sampling=SamplingParams(logit_bias=((7, -math.inf), (8, 0.5))))
    body = request_for(TEXT, params, OTHER).body
    assert body["logit_bias"] == {"7": -100, "8": 0.5}
    assert json.dumps(body, allow_nan=False)
