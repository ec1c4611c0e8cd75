"""What a request for text asks for: the part that both endpoints share, read and checked.

Names are OpenAI's, and llama-server's where OpenAI has none. What a request leaves open is as the
server was started. Knows nothing of messages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from llamachat.engine.base import EngineInfo
from llamachat.engine.params import RANDOM_SEED, GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt
from llamachat.serve.fields import Fields
from llamachat.serve.refusal import invalid, unsupported
from llamachat.serve.schema import checked_grammar, checked_schema

MAX_STOPS = 64
MAX_TOP = 20
"""alternatives of a token"""
MAX_CONSTRAINT = 1 << 16
"""characters of a grammar or a schema"""

IGNORED = (
    "user", "metadata", "store", "service_tier", "safety_identifier", "cache_prompt",
    "prompt_cache_key", "prompt_cache_retention",
)  # fmt: skip
"""fields that change no answer"""

_NUMBERS: dict[str, tuple[str, float, float]] = {
    "temperature": ("temp", 0, 100),
    "top_p": ("top_p", 0, 1),
    "min_p": ("min_p", 0, 1),
    "typical_p": ("typical", 0, 1),
    "top_n_sigma": ("top_n_sigma", -1, 100),
    "xtc_probability": ("xtc_probability", 0, 1),
    "xtc_threshold": ("xtc_threshold", 0, 1),
    "dynatemp_range": ("dynatemp_range", 0, 100),
    "dynatemp_exponent": ("dynatemp_exp", 0, 100),
    "repeat_penalty": ("repeat_penalty", 1e-3, 100),
    "presence_penalty": ("presence_penalty", -100, 100),
    "frequency_penalty": ("frequency_penalty", -100, 100),
    "dry_multiplier": ("dry_multiplier", 0, 100),
    "dry_base": ("dry_base", 1, 100),
    "mirostat_tau": ("mirostat_ent", 0, 100),
    "mirostat_eta": ("mirostat_lr", 0, 100),
}
"""field of the request: field of SamplingParams, bounds"""

_WHOLE: dict[str, tuple[str, int, int]] = {
    "top_k": ("top_k", -1, 1 << 20),
    "repeat_last_n": ("repeat_last_n", 0, 1 << 20),
    "dry_allowed_length": ("dry_allowed_length", 0, 1 << 20),
    "dry_penalty_last_n": ("dry_penalty_last_n", 0, 1 << 20),
    "mirostat": ("mirostat", 0, 2),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for text."""

    prompt: Prompt
    params: GenerateParams
    stream: bool = False
    include_usage: bool = False
    """a stream ends with a chunk that carries the usage"""
    progress: bool = False
    """chunks of a stream tell how far the prompt is, in place of comments"""
    top: int | None = None
    """alternatives to show with each token; None: no log probabilities at all"""
    trims: bool = False
    """white space around the answer is the transcript's and not the answer's"""


def read_stream(fields: Fields) -> dict[str, bool]:
    """The fields of `Asked` that say how an answer is sent."""
    stream, progress = fields.switch("stream"), fields.switch("return_progress")
    include = False
    options = fields.table("stream_options")
    if options is not None:
        include = options.switch("include_usage")
        options.ignore("include_obfuscation")
        options.finish()
    return {"stream": stream, "include_usage": stream and include, "progress": progress}


def read_params(fields: Fields, base: GenerateParams, info: EngineInfo) -> GenerateParams:
    """The parameters of the answer, over those of the server.

    Raises:
        Refusal: a field is wrong.
    """
    fields.ignore(*IGNORED)
    fields.text("model")  # one model is served, whatever a client calls it
    if (fields.whole("n", 1) or 1) > 1:
        raise unsupported("n", "More than one choice is")
    return replace(
        base,
        n_predict=_n_predict(fields, base.n_predict),
        stop=tuple(dict.fromkeys((*base.stop, *_stops(fields)))),
        sampling=_sampling(fields, base.sampling, info.n_vocab),
        context_shift=False,
    )


def _n_predict(fields: Fields, base: int) -> int:
    """All names count; -1 is llama.cpp's for no limit."""
    names = ("max_tokens", "max_completion_tokens", "n_predict")
    given = [limit for name in names if (limit := fields.whole(name, -1)) is not None]
    return given[-1] if given else base


def _stops(fields: Fields) -> list[str]:
    found = fields.raw("stop")
    stops = [found] if isinstance(found, str) else found
    if stops is None:
        return []
    if not isinstance(stops, list) or len(stops) > MAX_STOPS:
        raise fields.refuse("stop", f"a string, or an array of at most {MAX_STOPS}")
    if not all(isinstance(stop, str) and 0 < len(stop) <= 1000 for stop in stops):
        raise fields.refuse("stop", "strings of 1 to 1000 characters")
    return stops


def _sampling(fields: Fields, base: SamplingParams, n_vocab: int) -> SamplingParams:
    changes: dict[str, Any] = {}
    for name, (field, least, most) in _NUMBERS.items():
        if (number := fields.number(name, least, most)) is not None:
            changes[field] = number
    for name, (field, lowest, highest) in _WHOLE.items():
        if (whole := fields.whole(name, lowest, highest)) is not None:
            changes[field] = whole
    if (seed := fields.whole("seed", -(1 << 63), (1 << 63) - 1)) is not None:
        changes["seed"] = RANDOM_SEED if seed == -1 else seed % RANDOM_SEED
    if "logit_bias" in fields:
        changes["logit_bias"] = _biases(fields, n_vocab)
    if "ignore_eos" in fields:
        changes["ignore_eos"] = fields.switch("ignore_eos")
    changes |= _constraint(fields)
    return replace(base, **changes)


def _biases(fields: Fields, n_vocab: int) -> tuple[tuple[int, float], ...]:
    """{"token id": bias}"""
    biases = fields.raw("logit_bias")
    if not isinstance(biases, dict) or len(biases) > 1024:
        raise fields.refuse("logit_bias", "an object of at most 1024 token ids with their biases")
    read = []
    for token, bias in biases.items():
        if not (token.isascii() and token.isdigit() and len(token) < 10 and int(token) < n_vocab):
            raise invalid(
                "logit_bias", f"{token[:40]!r} is no token: this model has 0 to {n_vocab - 1}."
            )
        if type(bias) not in (int, float) or not -100 <= bias <= 100:
            raise fields.refuse("logit_bias", "numbers from -100 to 100")
        read.append((int(token), float(bias)))
    return tuple(read)


def _constraint(fields: Fields) -> dict[str, str]:
    """The grammar or the schema of an answer, in the fields of SamplingParams."""
    found = {"grammar": fields.text("grammar") or ""}
    if len(found["grammar"]) > MAX_CONSTRAINT:
        raise fields.refuse("grammar", f"at most {MAX_CONSTRAINT} characters long")
    checked_grammar(found["grammar"], "grammar")
    schema = fields.raw("json_schema")
    wanted = fields.table("response_format")
    if wanted is not None:
        schema = _response_schema(wanted)
    if schema is not None:
        name = "response_format" if wanted else "json_schema"
        if found["grammar"]:
            raise invalid(name, "A grammar and a JSON schema exclude each other.")
        found["json_schema"] = json.dumps(checked_schema(schema, name))
        if len(found["json_schema"]) > MAX_CONSTRAINT:
            raise invalid(name, f"A schema may have {MAX_CONSTRAINT} characters.")
    return found if any(found.values()) else {}


def _response_schema(wanted: Fields) -> object:
    """The schema of a response format; None for plain text."""
    kind = wanted.one_of("type", "text", "json_object", "json_schema")
    if kind is None:
        raise wanted.refuse("type", "text, json_object or json_schema")
    schema = wanted.raw("schema") if kind == "json_object" else None
    if kind == "json_object" and schema is None:
        schema = {"type": "object"}
    if kind == "json_schema":
        inner = wanted.table("json_schema")
        schema = inner.raw("schema") if inner else None
        if inner is None or schema is None:
            raise wanted.refuse("json_schema", 'an object with a "schema"')
        inner.ignore("name", "description", "strict")
        inner.finish()
    wanted.finish()
    return schema
