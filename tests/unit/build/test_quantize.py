"""Floats are converted as NumPy does it, quantized as ggml does it, and nonsense is told."""

import numpy as np
import pytest

from llamachat.build import quantize
from llamachat.build.quantize import BF16, F16, F32, is_finite, quantize_rows, round_through, widen
from llamachat.gguf.types import TENSOR_TYPE, TensorType
from tests.unit.build.models import Weights, rounded, stored
from tests.unit.gguf.ggml import dequantize

EVERY_PATTERN = np.arange(1 << 16, dtype=np.uint16)


def awkward() -> Weights:
    """Every exponent that f16 and bf16 round differently: ties, subnormals, both zeros."""
    rng = np.random.default_rng(1)
    bits = rng.integers(0, 0x47000000, 1 << 16, np.uint32)  # up to 32768: f16 holds all of them
    bits[::4] &= 0xFFFFF000  # f16 ties
    bits[1::4] = bits[1::4] & 0xFFFF0000 | 0x8000  # bf16 ties
    bits[::2] |= 0x80000000
    return bits.view(np.float32)


@pytest.fixture(params=["libggml-cpu", "libggml-base"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both libraries that can convert floats."""
    if request.param == "libggml-base":
        fresh = quantize._kernels.__wrapped__
        monkeypatch.setattr(quantize, "_load_fast", lambda folder: None)
        monkeypatch.setattr(quantize, "_kernels", lambda: fresh())


@pytest.mark.usefixtures("kernels")
def test_every_f16_widens_to_its_value() -> None:
    halves = EVERY_PATTERN.view(np.float16)
    out = np.empty(halves.size, np.float32)
    widen(halves, out)
    np.testing.assert_array_equal(out, halves.astype(np.float32))


@pytest.mark.usefixtures("kernels")
def test_every_bf16_widens_to_its_value() -> None:
    out = np.empty(EVERY_PATTERN.size, np.float32)
    widen(EVERY_PATTERN, out)
    assert (out.view(np.uint32) == EVERY_PATTERN.astype(np.uint32) << 16).all()


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("kind", [F32, F16, BF16], ids=lambda kind: kind.name)
def test_rounding_is_to_the_nearest_ties_to_even_subnormals_kept(
    kind: TensorType,
) -> None:
    values = awkward()
    expected = rounded(values, kind.name)
    round_through(values, kind, np.empty(values.size, np.uint16))
    assert (values.view(np.uint32) == expected.view(np.uint32)).all()


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("kind", [F32, F16, BF16], ids=lambda kind: kind.name)
def test_floats_are_written_as_they_are_stored(kind: TensorType) -> None:
    values = awkward().reshape(64, -1)
    out = np.empty(values.size * kind.size, np.uint8)
    assert quantize_rows(values, kind, out)
    assert out.tobytes() == stored(values, kind.name).tobytes()


def test_quantized_weights_are_near_the_weights() -> None:
    values = np.random.default_rng(2).standard_normal((3, 256), np.float32)
    for name in ("q8_0", "q4_0", "q4_K", "q6_K", "iq4_nl"):
        kind = TENSOR_TYPE[name]
        out = np.empty(3 * kind.row_bytes(256), np.uint8)
        assert quantize_rows(values, kind, out)
        error = np.array(dequantize(kind.id, out.tobytes())).reshape(3, 256) - values
        assert np.abs(error).max() < 0.5, name


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_one_wrong_weight_among_many_is_found(wrong: float) -> None:
    values = np.ones(1000, np.float32)
    assert is_finite(values)
    for place in (0, 501, 999):
        values[place] = wrong
        assert not is_finite(values)
        values[place] = 3e38
        assert is_finite(values)


def test_a_scale_that_f16_cannot_hold_is_told() -> None:
    values = np.full((1, 32), 1e9, np.float32)
    assert not quantize_rows(values, TENSOR_TYPE["q4_0"], np.empty(18, np.uint8))


def test_sizes_that_do_not_agree_never_reach_the_kernels() -> None:
    values, kind = np.zeros((2, 32), np.float32), TENSOR_TYPE["q4_0"]
    with pytest.raises(ValueError, match="do not make"):
        quantize_rows(values, kind, np.empty(35, np.uint8))
    with pytest.raises(ValueError, match="do not make"):
        quantize_rows(np.zeros((1, 33), np.float32), kind, np.empty(18, np.uint8))
    with pytest.raises(ValueError, match="not contiguous"):
        quantize_rows(values[:, ::-1], kind, np.empty(36, np.uint8))
    with pytest.raises(ValueError, match="do not fit"):
        widen(np.zeros(3, np.float16), np.empty(2, np.float32))
    with pytest.raises(TypeError, match="int64"):
        widen(np.zeros(2, np.int64), np.empty(2, np.float32))
