"""What a server is asked: prompt and parameters in the words of OpenAI's protocol.

A prompt of messages goes to /v1/chat/completions, where the server applies the model's chat
template; any other goes to /v1/completions as text. There scaffold and content cannot be told
apart: special tokens in the words of a person are read as special tokens, if the server does so.
Fields that only some servers know are sent only where they differ from the default. Knows nothing
of connections.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llamachat.engine.params import RANDOM_SEED, GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt, prompt_text
from llamachat.engine.remote.counting import is_conversation
from llamachat.engine.remote.server import Server
from llamachat.errors import UsageError

MOST_STOPS = 4
"""reverse prompts that OpenAI's protocol takes; all of them are matched here as well"""

MOST_BIAS = 100.0
"""of a token in the protocol, either way; JSON has no word for what is infinite here"""

_STANDARD = {"temp": "temperature", "top_p": "top_p"}
"""always sent: their defaults differ from server to server"""
_PENALTIES = ("presence_penalty", "frequency_penalty")
"""of the protocol, with the default 0 everywhere"""
_EXTRAS = {
    "top_k": "top_k",
    "min_p": "min_p",
    "typical": "typical_p",
    "top_n_sigma": "top_n_sigma",
    "xtc_probability": "xtc_probability",
    "xtc_threshold": "xtc_threshold",
    "dynatemp_range": "dynatemp_range",
    "dynatemp_exp": "dynatemp_exponent",
    "repeat_penalty": "repeat_penalty",
    "repeat_last_n": "repeat_last_n",
    "dry_multiplier": "dry_multiplier",
    "dry_base": "dry_base",
    "dry_allowed_length": "dry_allowed_length",
    "dry_penalty_last_n": "dry_penalty_last_n",
    "dry_sequence_breakers": "dry_sequence_breakers",
    "mirostat": "mirostat",
    "mirostat_ent": "mirostat_tau",
    "mirostat_lr": "mirostat_eta",
    "samplers": "samplers",
    "grammar": "grammar",
    "logit_bias": "logit_bias",
    "ignore_eos": "ignore_eos",
}
"""ours → llama-server's"""
_VLLM_NAMES = {"repeat_penalty": "repetition_penalty"}
_SAMPLER_NAMES = {"typical": "typ_p"}
_TELL_MORE: Mapping[str, object] = {
    "timings_per_token": True,
    "return_progress": True,
    "verbose": True,  # says whether a reverse prompt or the model ended the answer
    "response_fields": ["stop_type", "stopping_word"],
}
"""what llama-server says beside the answer when it is asked to"""


@dataclass(frozen=True, slots=True)
class Request:
    """One answer that is asked for."""

    path: str
    """below /v1"""
    body: Mapping[str, object]
    extras: tuple[str, ...] = ()
    """fields in it beyond the protocol"""
    stops: Mapping[str, str] = field(default_factory=dict)
    """reverse prompts as they are sent → as they were given"""


def request_for(prompt: Prompt, params: GenerateParams, server: Server) -> Request:
    """The whole request.

    Raises:
        UsageError: a grammar that this server would ignore.
    """
    chat = is_conversation(prompt)
    sampling = _sampling(params.sampling)
    extras = {**_extra(params.sampling, server), **_schema(params.sampling, server, chat=chat)}
    stops = {(stop.rstrip(" \t") or stop): stop for stop in params.stop[:MOST_STOPS]}
    body: dict[str, object] = {
        "model": server.model,
        **({"messages": _messages(prompt)} if chat else {"prompt": prompt_text(prompt)}),
        "stream": True,
        "stream_options": {"include_usage": True},
        **_length(params, server, chat=chat),
        **sampling,
        **extras,
    }
    if stops:
        body["stop"] = list(stops)
    if server.kind == "llama-server":
        body |= _TELL_MORE
    if server.kind == "llamachat":
        body["return_progress"] = True
    return Request("/chat/completions" if chat else "/completions", body, tuple(extras), stops)


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    said = [part for part in prompt if part.role]
    return [{"role": part.role, "content": part.text} for part in said]


def _length(params: GenerateParams, server: Server, *, chat: bool) -> dict[str, object]:
    """Plain completions end after 16 tokens in OpenAI's protocol, unless there is said to be no
    limit: null for most servers; for ours null is nothing said, and the limit -1."""
    if params.n_predict >= 0:
        return {"max_tokens": params.n_predict}
    none = -1 if server.kind == "llamachat" else None
    return {} if chat else {"max_tokens": none}


def _sampling(sampling: SamplingParams) -> dict[str, object]:
    sent: dict[str, object] = {
        theirs: getattr(sampling, ours) for ours, theirs in _STANDARD.items()
    }
    sent["temperature"] = max(0.0, sampling.temp)
    sent |= {name: value for name in _PENALTIES if (value := getattr(sampling, name))}
    if sampling.seed != RANDOM_SEED:
        sent["seed"] = sampling.seed
    return sent


def _extra(sampling: SamplingParams, server: Server) -> dict[str, object]:
    """Those that are not at llama.cpp's default. What a server ignores in silence makes answers a
    little different; an ignored grammar would make them wrong."""
    if sampling.grammar and server.kind == "vllm":
        raise UsageError("vLLM takes no GBNF grammar.", "It takes a JSON schema: --json-schema")
    usual, sent = SamplingParams(), {}
    for ours, theirs in _EXTRAS.items():
        value = getattr(sampling, ours)
        if value != getattr(usual, ours):
            name = _VLLM_NAMES.get(ours, theirs) if server.kind == "vllm" else theirs
            sent[name] = value
    if "samplers" in sent:
        sent["samplers"] = [_SAMPLER_NAMES.get(name, name) for name in sampling.samplers]
    if "logit_bias" in sent:
        sent["logit_bias"] = {
            str(token): max(-MOST_BIAS, min(bias, MOST_BIAS)) for token, bias in sampling.logit_bias
        }
    return sent


def _schema(sampling: SamplingParams, server: Server, *, chat: bool) -> dict[str, Any]:
    if not sampling.json_schema:
        return {}
    schema = json.loads(sampling.json_schema)
    if chat or server.kind != "llama-server":
        wrapped = {"name": "answer", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": wrapped}}
    return {"json_schema": schema}
