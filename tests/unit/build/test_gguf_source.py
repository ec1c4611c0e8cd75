"""A GGUF of floats is a source; anything else is refused in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.build.build_pass import run
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from llamachat.build.sources.gguf import GGUFSource
from llamachat.errors import ModelError
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.metadata import Metadata, text, u32
from tests.unit.build.llama_quantize import llama_quantize, requests_of
from tests.unit.build.models import GROUPED, make_model, write_converted


@pytest.mark.parametrize("dtype", ["f32", "f16", "bf16"])
def test_a_gguf_is_quantized_as_llama_quantize_does(dtype: str, tmp_path: Path) -> None:
    path, recipe = tmp_path / "model.gguf", make_recipe("q4_0,q4_k_m")
    write_converted(path, make_model(tmp_path, replace(GROUPED, n_layer=2), dtype), dtype)
    source = GGUFSource(path)
    plan = make_plan(source, recipe, [tmp_path / "a", tmp_path / "b"])
    run(plan)
    requests = requests_of(recipe, path)
    assert not any(answer.failed for answer in llama_quantize(requests))
    for output, request in zip(plan.outputs, requests, strict=True):
        assert output.path.read_bytes() == Path(request.out).read_bytes()
    source.close()


def test_it_knows_its_dimensions_and_what_to_call_the_result(tmp_path: Path) -> None:
    path = tmp_path / "my-model-F16.gguf"
    write_generated_llama(path, TINY, "f16")
    source = GGUFSource(path)
    hparams = source.hparams
    assert (hparams.n_layer, hparams.n_embd, hparams.n_head, hparams.n_head_kv) == (2, 256, 4, 2)
    assert (hparams.n_ff, hparams.n_vocab, hparams.n_ctx, hparams.head_dim) == (512, 512, 2048, 64)
    assert not hparams.tied
    assert source.base_name == "my-model"
    assert source.files == (path,)
    source.close()


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"general.architecture": text("qwen2")}, "architecture 'qwen2'"),
        ({"llama.expert_count": u32(8)}, "mixture of experts"),
        ({"split.no": u32(0), "split.count": u32(3)}, "part 1 of 3"),
        ({"llama.attention.head_count_kv": u32(3)}, "4 attention heads, which 3"),
        ({"llama.block_count": u32(100000)}, "100,000 layers"),
    ],
)
def test_other_models_are_refused(metadata: Metadata, message: str, tmp_path: Path) -> None:
    write_generated_llama(tmp_path / "m.gguf", TINY, "f16", metadata=metadata)
    with pytest.raises(ModelError, match=message):
        GGUFSource(tmp_path / "m.gguf")


def test_a_quantized_model_is_refused(tmp_path: Path) -> None:
    write_generated_llama(tmp_path / "m.gguf", TINY, "q4_k_m")
    with pytest.raises(ModelError, match=r"quantized already \(it has q4_K, q6_K tensors\)"):
        GGUFSource(tmp_path / "m.gguf")
