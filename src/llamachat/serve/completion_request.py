"""POST /v1/completions: the body, read and checked.

The prompt is the text that the model goes on with, special tokens in it included, as llama-server
and `llamachat -p` read it.
"""

from __future__ import annotations

from dataclasses import replace

from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import raw_prompt
from llamachat.serve.asked import MAX_TOP, Asked, read_params, read_stream
from llamachat.serve.fields import Fields
from llamachat.serve.refusal import unsupported

DEFAULT_MAX_TOKENS = 16
"""OpenAI's, where neither the request nor the server sets a limit"""


def read_completion(fields: Fields, base: GenerateParams, info: EngineInfo) -> Asked:
    """A request for what follows a text.

    Raises:
        Refusal: a field is wrong.
    """
    if base.n_predict == -1:
        base = replace(base, n_predict=DEFAULT_MAX_TOKENS)
    if fields.switch("echo"):
        raise unsupported("echo", "Echo is")
    if fields.text("suffix"):
        raise unsupported("suffix", "A suffix is")
    if (fields.whole("best_of", 1) or 1) > 1:
        raise unsupported("best_of", "More than one choice is")
    sending = read_stream(fields)
    params = read_params(fields, base, info)
    top = fields.whole("logprobs", 0, MAX_TOP)
    prompt = raw_prompt(_prompt(fields))
    fields.finish()
    return Asked(
        prompt=prompt,
        params=params if top is None else replace(params, n_probs=max(top, 1)),
        top=top,
        **sending,
    )


def _prompt(fields: Fields) -> str:
    found = fields.raw("prompt")
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, str):
        return found
    if isinstance(found, list) and len(found) > 1 and all(isinstance(one, str) for one in found):
        raise unsupported("prompt", "More than one prompt in a request is")
    if isinstance(found, list | int):
        raise unsupported("prompt", "A prompt of token ids is")
    raise fields.refuse("prompt", "a string")
