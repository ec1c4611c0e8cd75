"""POST /v1/embeddings: texts to vectors of length one.

The vectors travel as base64 of little-endian 32-bit floats where a client wants that, as OpenAI's
own does. Knows nothing of how they are computed.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from llamachat.engine.base import Done, Usage
from llamachat.engine.embedding import Embedding
from llamachat.engine.prompt import Prompt, content
from llamachat.serve.answering import notes_of
from llamachat.serve.ending import Ending
from llamachat.serve.fields import Fields, read_object
from llamachat.serve.refusal import invalid, unsupported
from llamachat.serve.sending import Json
from llamachat.serve.service import Service

MAX_INPUTS = 2048


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request for vectors."""

    prompts: tuple[Prompt, ...]
    packed: bool = False
    """as base64"""


class Embeddings:
    """The endpoint."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service, notes = self._service, notes_of(scope)
        fields = read_object(await Request(scope, receive).body())
        wanted = read_wanted(fields, service.desk.info.n_embd)
        async with service.desk.ask(
            scope["llamachat.client"],
            lambda engine: engine.embed(wanted.prompts),
            Ending(notes, service.metrics),
        ) as vectors:
            found = [vector async for vector in vectors]
        tokens = sum(one.n_tokens for one in found)
        notes.done = Done("eos", Usage(prompt=tokens))
        service.metrics.answered(notes.done)
        pack = partial(_row, packed=wanted.packed)
        await Json(
            {
                "object": "list",
                "data": [pack(number, one) for number, one in enumerate(found)],
                "model": service.model,
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            }
        )(scope, receive, send)


def read_wanted(fields: Fields, n_embd: int) -> Wanted:
    """Raises Refusal where a field is wrong."""
    fields.ignore("user")
    fields.text("model")
    encoding = fields.one_of("encoding_format", "float", "base64")
    if (fields.whole("dimensions", 1) or n_embd) != n_embd:
        raise unsupported("dimensions", f"Anything but the {n_embd} dimensions of this model is")
    texts = _texts(fields)
    fields.finish()
    return Wanted(tuple((content(text),) for text in texts), packed=encoding == "base64")


def _texts(fields: Fields) -> Sequence[str]:
    found = fields.raw("input")
    texts = [found] if isinstance(found, str) else found
    if not isinstance(texts, list) or not 0 < len(texts) <= MAX_INPUTS:
        raise fields.refuse("input", f"a string, or an array of 1 to {MAX_INPUTS}")
    if any(isinstance(text, int | list) for text in texts):
        raise unsupported("input", "An input of token ids is")
    for number, text in enumerate(texts):
        if not isinstance(text, str) or not text:
            raise invalid(f"input[{number}]", f"'input[{number}]' must be a text, not empty.")
    return texts


def _row(number: int, one: Embedding, *, packed: bool) -> dict[str, object]:
    vector: object = one.vector
    if packed:
        vector = base64.b64encode(array("f", one.vector).tobytes()).decode()
    return {"object": "embedding", "index": number, "embedding": vector}
