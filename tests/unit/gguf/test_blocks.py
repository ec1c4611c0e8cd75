"""Random blocks are valid, centred and of the wanted size: ggml's own code looks at the weights."""

from math import sqrt
from random import Random

import pytest

from llamachat.errors import UsageError
from llamachat.gguf.blocks import GENERATED, make_pool, require_generated
from llamachat.gguf.types import TENSOR_TYPE
from tests.unit.gguf.ggml import dequantize, is_valid

STD = 1 / sqrt(4096)


@pytest.mark.parametrize("name", GENERATED)
def test_weights_have_mean_zero_and_the_wanted_deviation(name: str) -> None:
    kind = TENSOR_TYPE[name]
    pool = make_pool(Random(3), kind, 4096, 16, STD)
    assert is_valid(kind.id, pool.data)
    weights = dequantize(kind.id, pool.data)
    mean = sum(weights) / len(weights)
    deviation = sqrt(sum((w - mean) ** 2 for w in weights) / len(weights))
    assert abs(deviation / STD - 1) < 0.04
    assert abs(mean / STD) < 0.02
    assert max(map(abs, weights)) < 5 * STD


def test_types_with_values_but_no_recipe_are_refused() -> None:
    with pytest.raises(UsageError, match="mxfp4"):
        require_generated(TENSOR_TYPE["mxfp4"])


@pytest.mark.parametrize("name", ["f32", "q4_0", "q6_K"])
def test_no_two_rows_of_a_matrix_are_equal(name: str) -> None:
    kind, row, n_rows = TENSOR_TYPE[name], 512, 700
    pool = make_pool(Random(0), kind, row, n_rows, STD)
    data = b"".join(pool.stream(Random(1), kind.row_bytes(row) * n_rows))
    step = kind.row_bytes(row)
    rows = {data[at : at + step] for at in range(0, len(data), step)}
    assert len(rows) == n_rows


def test_pool_is_small_but_has_a_block_for_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamachat.gguf.blocks.POOL_BYTES", 1 << 10)
    kind = TENSOR_TYPE["q4_0"]
    assert len(make_pool(Random(0), kind, 4096, 40, STD).data) < 2 << 10
    assert len(make_pool(Random(0), kind, 32, 4000, STD).data) >= 4000 * kind.size


def test_stream_has_the_length_asked_for_and_depends_on_the_seed() -> None:
    kind = TENSOR_TYPE["q8_0"]
    pool = make_pool(Random(0), kind, 256, 8, STD)
    streams = [b"".join(pool.stream(Random(seed), 340)) for seed in (1, 1, 2)]
    assert len(streams[0]) == 340
    assert streams[0] == streams[1] != streams[2]
