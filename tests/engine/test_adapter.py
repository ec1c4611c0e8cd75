"""LoRA adapters in GGUF form, applied when a model is loaded."""

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from llamachat.engine.base import Chunk
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams, LoraAdapter, SamplingParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import ModelError
from llamachat.gguf.generated import TINY
from llamachat.gguf.metadata import Metadata, f32, text
from llamachat.gguf.types import TENSOR_TYPE
from llamachat.gguf.writer import TensorSource, write_gguf

RANK = 4
PROMPT = raw_prompt("Once upon a time there was a")


def write_adapter(path: Path, seed: int, n_embd: int = TINY.n_embd) -> Path:
    """A LoRA of rank 4 on the query projections, large enough to change every answer."""
    rng = Random(seed)

    def numbers(count: int) -> list[bytes]:
        return [struct.pack(f"<{count}f", *(rng.gauss(0, 0.3) for _ in range(count)))]

    tensors = []
    for layer in range(TINY.n_layer):
        for suffix, dims in (("lora_a", (n_embd, RANK)), ("lora_b", (RANK, n_embd))):
            data = numbers(dims[0] * dims[1])
            name = f"blk.{layer}.attn_q.weight.{suffix}"
            tensors.append(TensorSource(name, dims, TENSOR_TYPE["f32"], partial(iter, data)))
    metadata: Metadata = {
        "general.architecture": text("llama"),
        "general.type": text("adapter"),
        "adapter.type": text("lora"),
        "adapter.lora.alpha": f32(float(RANK)),
    }
    write_gguf(path, metadata, tensors)
    return path


def logits(model: Path, *adapters: LoraAdapter) -> list[float]:
    options = EngineOptions(model, n_ctx=256, threads=2, adapters=adapters, deterministic=True)
    with LlamaEngine(options) as engine:
        list(engine.prefill(PROMPT))
        return engine.cache.logits()


@pytest.fixture
def model(generated: Callable[[str], Path]) -> Path:
    return generated("f16")


def test_a_scale_of_zero_changes_nothing(model: Path, tmp_path: Path) -> None:
    adapter = LoraAdapter(write_adapter(tmp_path / "a.gguf", 1), scale=0.0)
    assert logits(model, adapter) == logits(model)


def test_an_adapter_changes_the_logits_and_more_with_a_larger_scale(
    model: Path, tmp_path: Path
) -> None:
    path = write_adapter(tmp_path / "a.gguf", 1)
    base = logits(model)
    distances = [
        sum(abs(a - b) for a, b in zip(logits(model, LoraAdapter(path, scale)), base, strict=True))
        for scale in (0.1, 1.0)
    ]
    assert 0 < distances[0] < distances[1]


def test_two_adapters_add_up(model: Path, tmp_path: Path) -> None:
    one = LoraAdapter(write_adapter(tmp_path / "1.gguf", 1))
    two = LoraAdapter(write_adapter(tmp_path / "2.gguf", 2))
    assert len({tuple(logits(model, *used)) for used in ((), (one,), (two,), (one, two))}) == 4


def test_the_worker_gets_its_adapters(model: Path, tmp_path: Path) -> None:
    adapter = LoraAdapter(write_adapter(tmp_path / "a.gguf", 1), scale=0.7)
    options = EngineOptions(model, n_ctx=256, threads=2, adapters=(adapter,))
    params = GenerateParams(24, sampling=SamplingParams(temp=0))

    def answer(engine: LlamaEngine | ProcessEngine) -> str:
        with engine:
            events = engine.generate(PROMPT, params)
            return "".join(event.text for event in events if isinstance(event, Chunk))

    assert answer(ProcessEngine(options)) == answer(LlamaEngine(options))


def test_an_adapter_of_another_model_is_refused(model: Path, tmp_path: Path) -> None:
    adapter = LoraAdapter(write_adapter(tmp_path / "a.gguf", 1, n_embd=TINY.n_embd * 2))
    with pytest.raises(ModelError, match=r"a\.gguf") as refused:
        logits(model, adapter)
    assert "base model" in refused.value.hint


@pytest.mark.parametrize("kind", ["missing", "model", "text"])
def test_what_is_no_adapter_is_refused(model: Path, tmp_path: Path, kind: str) -> None:
    path = {"missing": tmp_path / "none.gguf", "model": model, "text": tmp_path / "t.gguf"}[kind]
    if kind == "text":
        path.write_text("no adapter")
    with pytest.raises(ModelError):
        logits(model, LoraAdapter(path))
