"""Every tensor's type equals llama-quantize's, for each file type, depth, shape and override."""

from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.build.plan import make_plan
from llamachat.build.recipe import FILE_TYPE_NAMES, Recipe, make_recipe
from llamachat.errors import UsageError
from llamachat.gguf.generated import LlamaShape
from llamachat.gguf.mixture import is_quantized
from tests.unit.build.llama_quantize import llama_quantize, requests_of
from tests.unit.build.models import GROUPED, Model, make_model, write_converted

QUANTIZED = FILE_TYPE_NAMES[3:]
DEEP = LlamaShape(22, 256, 4, 2, 256, 272, 128)
SHAPES = {
    "22 layers, pairs of heads": DEEP,
    "32 layers, every head its own keys": replace(DEEP, n_layer=32, n_head_kv=4),
    "40 layers, fours, tied": replace(DEEP, n_layer=40, n_head_kv=1, tied=True),
    "80 layers, fours": replace(DEEP, n_layer=80, n_head_kv=1),
    "80 layers, every head its own keys, tied": replace(DEEP, n_layer=80, n_head_kv=4, tied=True),
    "rows no multiple of 256": LlamaShape(9, 288, 9, 3, 352, 272, 128),
    "rows no multiple of 32": LlamaShape(8, 256, 4, 4, 272, 272, 128),
}
OVERRIDES = {
    "pure": {"pure": True},
    "output": {"output_type": "q8_0"},
    "embeddings": {"embedding_type": "q4_K"},
    "both": {"output_type": "f16", "embedding_type": "q5_1"},
    "pure but for the output": {"pure": True, "output_type": "q6_K"},
}


def compare(model: Model, recipe: Recipe, folder: Path) -> int:
    """Assert that all types agree; how many files llama-quantize had to fall back in."""
    write_converted(folder / "f16.gguf", model, "f16")
    answers = llama_quantize(requests_of(recipe, folder / "f16.gguf", dry_run=True))
    paths = [folder / kind.quantize_name for kind in recipe.types]
    plan = make_plan(model, recipe, paths)
    for output, answer in zip(plan.outputs, answers, strict=True):
        assert not answer.failed, answer.log
        ours = {tensor.name: tensor.type.name for tensor in output.tensors}
        assert ours == answer.types, output.ftype.quantize_name
        assert list(ours) == list(answer.types), "the order of the file"
    return sum(answer.fell_back for answer in answers)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if shape.n_layer == 80 else [])
        for name, shape in SHAPES.items()
    ],
)
def test_mixtures_are_those_of_llama_quantize(name: str, tmp_path: Path) -> None:
    model = make_model(tmp_path, SHAPES[name], "f16")
    fell_back = compare(model, make_recipe(QUANTIZED), tmp_path)
    assert fell_back == {"256": 15, "32": 16}.get(name.split("multiple of ")[-1], 0)


@pytest.mark.parametrize("name", OVERRIDES)
@pytest.mark.parametrize("tied", [False, True])
def test_overrides_are_those_of_llama_quantize(name: str, tied: bool, tmp_path: Path) -> None:
    model = make_model(tmp_path, replace(GROUPED, tied=tied), "f16")
    compare(model, make_recipe(QUANTIZED, **OVERRIDES[name]), tmp_path)  # type: ignore[arg-type]


def test_an_override_that_does_not_fit_the_rows_is_refused(tmp_path: Path) -> None:
    model = make_model(tmp_path, SHAPES["rows no multiple of 256"], "f16")
    recipe = make_recipe("q8_0", output_type="q6_K")
    with pytest.raises(UsageError, match=r"output.weight can not be q6_K: its rows of 288"):
        make_plan(model, recipe, [tmp_path / "out.gguf"])


def test_norms_biases_and_vectors_are_left_alone() -> None:
    assert is_quantized("blk.0.ffn_down.weight", 2)
    assert is_quantized("output.weight", 2)
    for name, n_dims in (
        ("blk.0.attn_norm.weight", 2),
        ("blk.0.attn_q.bias", 2),
        ("rope_freqs.weight", 1),
    ):
        assert not is_quantized(name, n_dims)
