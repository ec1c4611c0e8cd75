"""What goes wrong, in words."""

import json

import pytest

from llamachat.engine.context import Tokens, fit_prompt
from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.key import Key
from llamachat.engine.remote.refusals import Asked, Refused, TooLong, explained
from llamachat.errors import LlamaChatError, PromptTooLong, UsageError

HERE = endpoint("http://127.0.0.1:8080", model="bob")
NOTHING = Asked()
WITH_KEY = endpoint("https://far.example", key=Key("sk-secret", "the variable THEIR_KEY"))


def said(status: int, error: object, asked: Asked = NOTHING, **headers: str) -> LlamaChatError:
    return explained(Refused(status, headers, json.dumps({"error": error})), HERE, asked)


def test_a_missing_key_and_a_wrong_one_are_told_apart() -> None:
    assert "wants a key" in str(said(401, {"message": "no"}))
    refused = Refused(401, {}, '{"error": {"message": "Incorrect key sk-secret"}}')
    error = explained(refused, WITH_KEY, Asked())
    assert error.message == "far.example does not accept the key in the variable THEIR_KEY."
    assert "sk-secret" not in str(error)
    forbidden = Refused(403, {}, '{"error": {"message": "sk-secret may not use bob"}}')
    assert "sk-secret" not in str(explained(forbidden, WITH_KEY, Asked()))


LLAMA = {"type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}
VLLM = {
    "message": "This model's maximum context length is 4096 tokens. However, you requested 5000 "
    "tokens (4900 in the messages, 100 in the completion)."
}
OPENAI = {"code": "context_length_exceeded", "message": "too long"}


@pytest.mark.parametrize(
    ("error", "n_prompt", "n_ctx"), [(LLAMA, 5000, 4096), (VLLM, 5000, 4096), (OPENAI, 0, 0)]
)
def test_a_prompt_that_is_too_long_is_said_with_its_figures(
    error: object, n_prompt: int, n_ctx: int
) -> None:
    found = said(400, error)
    assert isinstance(found, TooLong)
    assert (found.n_prompt, found.n_ctx) == (n_prompt, n_ctx)
    assert not n_ctx or str(n_ctx) in found.message


def test_the_words_of_our_own_engine_have_those_figures_too() -> None:
    """As `llamachat serve` hands them on."""
    with pytest.raises(PromptTooLong) as refusal:
        fit_prompt(Tokens([1] * 5000, [0] * 5000), Tokens(), n_ctx=4096, drop=False)
    found = said(400, {"code": "context_length_exceeded", "message": refusal.value.message})
    assert isinstance(found, TooLong)
    assert (found.n_prompt, found.n_ctx) == (5000, 4096)


def test_a_field_that_the_server_does_not_know_is_named() -> None:
    asked = Asked("/v1/completions", ("top_k", "min_p"))
    error = said(400, {"message": "Unrecognized request argument supplied: min_p"}, asked)
    assert "does not know min_p" in error.message


def test_a_model_that_is_not_there_is_said_otherwise_than_a_path() -> None:
    assert "no model 'bob'" in said(404, {"message": "The model `bob` does not exist"}).message
    asked = Asked("/v1/completions")
    assert "-T assistant" in said(404, {"message": "Not Found"}, asked).hint


def test_a_redirect_is_named_and_not_followed() -> None:
    error = said(307, "", location="https://elsewhere.example/v1/models?token=1")
    assert "https://elsewhere.example/v1/models" in error.message
    assert "token" not in error.message


def test_what_a_server_says_is_short_and_harmless() -> None:
    error = said(500, {"message": "\x1b[31m" + "x" * 5000})
    assert "\x1b" not in error.message
    assert len(error.message) < 500
    page = explained(Refused(502, {}, "<html>" + "y" * 1000), HERE, Asked())
    assert page.message.endswith("HTTP 502.")


@pytest.mark.parametrize("text", ["[1]", "nonsense", '{"error": null}', '{"detail": "x"}', ""])
def test_any_body_of_a_refusal_becomes_a_sentence(text: str) -> None:
    assert isinstance(explained(Refused(400, {}, text), HERE, Asked()), UsageError)
