"""An adapter beside a model computes what the model with the adapter merged into it computes."""

from pathlib import Path

import numpy as np
import pytest

from llamachat.build.build_pass import run
from llamachat.build.lora import LoraAdapter
from llamachat.build.lora_merge import Merged
from llamachat.build.plan import make_plan
from llamachat.build.recipe import Recipe
from llamachat.build.source import open_source
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions
from llamachat.engine.params import LoraAdapter as Used
from llamachat.engine.prompt import raw_prompt
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.types import file_type
from tests.unit.build.adapters import AdapterCase, write_adapter
from tests.unit.build.gguf_adapters import write_gguf_adapter
from tests.unit.build.hf_folders import Tensors, hashed_weights

PROMPT = raw_prompt("Once upon a time there was a")
RANK = 4


def tensors() -> Tensors:
    """Pairs for queries, keys and the feed-forward network of every layer."""
    n_kv = TINY.n_embd // TINY.n_head * TINY.n_head_kv
    shapes = {
        "self_attn.q_proj": (TINY.n_embd, TINY.n_embd),
        "self_attn.k_proj": (n_kv, TINY.n_embd),
        "mlp.down_proj": (TINY.n_embd, TINY.n_ff),
    }
    made: Tensors = {}
    for layer in range(TINY.n_layer):
        for number, (module, (n_out, n_in)) in enumerate(shapes.items()):
            start = f"base_model.model.model.layers.{layer}.{module}"
            seed = 10 * layer + 2 * number
            made[f"{start}.lora_A.weight"] = hashed_weights((RANK, n_in), seed) * np.float32(0.2)
            made[f"{start}.lora_B.weight"] = hashed_weights((n_out, RANK), seed + 1)
    return made


def logits(model: Path, *adapters: Used) -> list[float]:
    options = EngineOptions(model, n_ctx=256, threads=2, adapters=adapters, deterministic=True)
    with LlamaEngine(options) as engine:
        list(engine.prefill(PROMPT))
        return engine.cache.logits()


@pytest.mark.parametrize("rslora", [False, True])
def test_an_adapter_gives_the_same_beside_a_model_and_merged_into_it(
    tmp_path: Path, rslora: bool
) -> None:
    model, beside, merged = (tmp_path / f"{name}.gguf" for name in ("base", "beside", "merged"))
    write_generated_llama(model, TINY, "f32", seed=7)
    case = AdapterCase("a", "base", ("q_proj", "k_proj", "down_proj"), {"use_rslora": rslora})
    folder = write_adapter(tmp_path / "adapter", case, tensors())
    write_gguf_adapter(beside, LoraAdapter.open(folder), open_source(model))
    source = Merged(open_source(model), LoraAdapter.open(folder))
    run(make_plan(source, Recipe((file_type("f32"),)), [merged]))
    base, used, built = logits(model), logits(model, Used(beside)), logits(merged)
    distance = float(np.abs(np.subtract(used, base)).max())
    assert distance > 0.05
    assert float(np.abs(np.subtract(used, built)).max()) < 1e-3 * distance
