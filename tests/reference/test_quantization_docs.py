"""What docs/quantization.md says of blocks holds: sizes, layouts, errors."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from llamachat.build.quantize import quantize_rows
from llamachat.gguf.generated import LLAMA_7B, generated_size
from llamachat.gguf.types import TENSOR_TYPE
from tests.reference import blocks
from tests.reference.blocks import Bytes, Floats
from tests.reference.test_llama_docs import ROOT

DOCS = (ROOT / "docs" / "quantization.md").read_text(encoding="utf-8")
Decode = Callable[[Bytes], Floats]
CASES: list[tuple[str, Decode]] = [
    ("q8_0", blocks.decode_q8_0),
    ("q4_0", blocks.decode_q4_0),
    ("q4_K", blocks.decode_q4_k),
]


def weights() -> NDArray[np.float32]:
    """As trained weights are: many small, few large, of mean zero."""
    return np.random.default_rng(1).normal(0, 0.02, (64, 4096)).astype(np.float32)


def quantized(name: str) -> Bytes:
    kind = TENSOR_TYPE[name]
    out = np.zeros(64 * kind.row_bytes(4096), np.uint8)
    assert quantize_rows(weights(), kind, out)
    return out


def error(name: str, decode: Decode) -> float:
    """Root mean square of the rounding errors, as a share of that of the weights."""
    exact = weights().reshape(-1)
    off = decode(quantized(name)) - exact
    return float(np.sqrt((off**2).mean() / (exact**2).mean()))


@pytest.mark.parametrize(("name", "decode"), CASES)
def test_ggml_fills_blocks_as_the_page_says(name: str, decode: Decode) -> None:
    """A wrong place of a single field would make the error as large as the weights."""
    assert error(name, decode) < 0.12


@pytest.mark.parametrize(("name", "decode"), CASES)
def test_the_rounding_error_is_the_one_told(name: str, decode: Decode) -> None:
    told = re.search(rf"\| {name} \|.*\| ([\d.]+) % \|", DOCS)
    assert told is not None
    assert f"{100 * error(name, decode):.1f}" == told[1]


@pytest.mark.parametrize(("name", "_decode"), CASES)
def test_the_sizes_of_blocks_are_those_told(name: str, _decode: Decode) -> None:
    kind = TENSOR_TYPE[name]
    size = kind.row_bytes(kind.block)
    row = f"| {name} | {kind.block} | {size} | {8 * size / kind.block:g} |"
    assert row in DOCS


@pytest.mark.parametrize("ftype", ["f16", "q8_0", "q4_K_M", "q4_0"])
def test_the_sizes_of_a_7b_are_those_told(ftype: str) -> None:
    size = generated_size(LLAMA_7B, ftype) / 1e9
    row = re.search(rf"\| {ftype} \| ([\d.]+) GB \|", DOCS)
    assert row is not None
    assert f"{size:.2f}" == row[1]


def test_the_computed_speeds_are_bandwidth_over_size() -> None:
    told = re.search(r"Computed for (\d+) GB a second: (.*?) tokens a second", DOCS, re.DOTALL)
    assert told is not None
    speeds = dict(re.findall(r"(\w+) ([\d.]+)", told[2]))
    assert list(speeds) == ["f16", "q8_0", "q4_K_M", "q4_0"]
    for ftype, speed in speeds.items():
        size = generated_size(LLAMA_7B, ftype) / 1e9
        assert float(speed) == pytest.approx(int(told[1]) / size, rel=0.02)


def divergences(part: str) -> dict[str, float]:
    """Of each type in a table of measurements."""
    rows = re.findall(r"^\| (\w+) \| [\d.]+ MB \|.*\| ([\d.]+) \| [\d.]+% \|$", part, re.MULTILINE)
    return {name: float(value) for name, value in rows}


def test_what_the_tables_show_is_what_is_in_them() -> None:
    stories, bob = map(divergences, DOCS.split("**Bob**"))
    pairs = [("q5_1", "q4_1"), ("q5_0", "q4_0"), ("q5_K_M", "q4_K_M")]
    ratios = [
        table[four] / table[five]
        for table in (stories, bob) for five, four in pairs if four in table and five in table
    ]  # fmt: skip
    assert len(ratios) == 4
    assert f"{min(ratios):.1f} to {max(ratios):.1f} times" in DOCS
    assert round(bob["q2_K"] / bob["q4_0"]) == 8
    assert bob["q4_K_M"] == pytest.approx(bob["q4_0"] / 3, rel=0.06)
    assert all(0.6 < table["iq4_nl"] / table["q4_0"] < 0.77 for table in (stories, bob))
