"""The other side of the comparison: our build's f32 file of a source, and llama.cpp's logits on it.

The KV cache is f32 and attention is computed step by step, so that nothing is rounded but in f32.
Half of the tokens go in as one batch, the others one by one, as prefill and decode do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from llamachat.build.build_pass import run
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from llamachat.build.source import Source
from llamachat.engine.context import Tokens
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions
from tests.reference.llama import Array

N_TOKENS = 32


def build_f32(source: Source, path: Path) -> Path:
    run(make_plan(source, make_recipe("f32"), [path]))
    source.close()
    return path


def engine_logits(model: Path, tokens: Sequence[int]) -> Array:
    """Of every position from the end of the batch on: [n/2 + 1, v]."""
    options = EngineOptions(
        model, n_ctx=256, threads=1, cache_type_k="f32", cache_type_v="f32", flash_attention="off"
    )
    batch = len(tokens) // 2
    with LlamaEngine(options) as engine:
        engine.cache.decode(Tokens(list(tokens[:batch]), [0] * batch))
        rows = [engine.cache.logits()]
        for token in tokens[batch:]:
            engine.cache.decode_one(token, 0)
            rows.append(engine.cache.logits())
    return np.array(rows)


def some_tokens(n_vocab: int) -> list[int]:
    """Tokens of all kinds, the same at every run."""
    return [int(token) for token in np.random.default_rng(3).integers(0, n_vocab, N_TOKENS)]


def difference(exact: Array, found: Array) -> float:
    """The largest over all positions and tokens, as a share of the largest logit."""
    exact = exact[-len(found) :]
    return float(np.abs(exact - found).max() / np.abs(exact).max())
