"""The vector of a text, and how it goes over the wire. Knows no model."""

from __future__ import annotations

import base64
from array import array
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Embedding:
    """The mean of what a model makes of the tokens of a text."""

    vector: tuple[float, ...]
    """of length one"""
    n_tokens: int


def encode_embedding(embedding: Embedding) -> dict[str, Any]:
    """Base64 of 32-bit floats: a tenth of the digits."""
    packed = base64.b64encode(array("f", embedding.vector).tobytes()).decode()
    return {"event": "embedding", "vector": packed, "n_tokens": embedding.n_tokens}


def decode_embedding(message: dict[str, Any]) -> Embedding:
    values = array("f", base64.b64decode(message["vector"]))
    return Embedding(tuple(values), message["n_tokens"])
