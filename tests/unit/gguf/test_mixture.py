"""Generated models have the tensor types that llama_model_quantize gives to real ones."""

from pathlib import Path

import pytest

from llamachat.errors import UsageError
from llamachat.gguf.generated import (
    LLAMA_7B,
    LLAMA_13B,
    LlamaShape,
    generated_size,
    plan_tensors,
    write_generated_llama,
)
from llamachat.gguf.mixture import NEEDS_IMATRIX, Place, mixed_type
from llamachat.gguf.types import FILE_TYPES, FileType, file_type
from tests.unit.gguf.child import ask

SHAPES = {
    "32 layers": LlamaShape(32, 256, 4, 2, 512, 272, 128),
    "grouped heads, tied": LlamaShape(22, 256, 8, 1, 256, 272, 128, tied=True),
    "rows no multiple of 256": LlamaShape(9, 288, 9, 9, 352, 272, 128),
    "rows no multiple of 32": LlamaShape(8, 256, 4, 4, 272, 272, 128),
    "80 layers, grouped heads": LlamaShape(80, 256, 8, 1, 256, 272, 128),
}
MIXED = [
    kind for kind in FILE_TYPES.values() if kind.quantize_name not in (*NEEDS_IMATRIX, "NVFP4")
]


@pytest.mark.parametrize(
    "name",
    [
        "32 layers",
        "grouped heads, tied",
        "rows no multiple of 32",
        pytest.param("rows no multiple of 256", marks=pytest.mark.slow),
        pytest.param("80 layers, grouped heads", marks=pytest.mark.slow),
    ],
)
def test_mixtures_equal_those_of_llama_quantize(name: str, tmp_path: Path) -> None:
    shape, path = SHAPES[name], tmp_path / "f16.gguf"
    write_generated_llama(path, shape, "f16")
    plans = [(kind, pure) for kind in MIXED for pure in (False, True)]
    requests = [{"path": str(path), "ftype": kind.id, "pure": pure} for kind, pure in plans]
    for (kind, pure), theirs in zip(plans, ask("quantize_plans", requests), strict=True):
        if theirs is None:  # q1_0 has no fallback for rows it does not fit
            assert kind.quantize_name == "Q1_0"
            continue
        assert ours(shape, kind, pure=pure) == theirs, f"{kind.quantize_name}, pure={pure}"


def ours(shape: LlamaShape, kind: FileType, *, pure: bool) -> dict[str, str]:
    matrices = plan_tensors(shape, kind.quantize_name, pure=pure)
    return {matrix.name: matrix.type.name for matrix in matrices}


@pytest.mark.parametrize(
    ("shape", "ftype", "published"),
    [
        (LLAMA_7B, "Q4_0", 3_825_807_040),
        (LLAMA_7B, "Q4_K_M", 4_081_004_224),
        (LLAMA_13B, "Q4_K_M", 7_865_956_224),
    ],
)
def test_sizes_are_those_of_the_published_llama_2(
    shape: LlamaShape, ftype: str, published: int
) -> None:
    assert 0 < published - generated_size(shape, ftype) < 1 << 20


def test_mixtures_that_need_an_importance_matrix_are_refused() -> None:
    place = Place("ffn_up", 4096, 0, 32, 1, tied=False)
    for name in NEEDS_IMATRIX:
        with pytest.raises(UsageError, match="importance matrix"):
            mixed_type(file_type(name), place)
