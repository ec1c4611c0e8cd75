"""The computed figures of docs/scaling.md follow from its own formula and columns."""

import re
from pathlib import Path

from llamachat.gguf.generated import LLAMA_7B, LLAMA_13B, LlamaShape, generated_size

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
LLAMA_70B = LlamaShape(80, 8192, 64, 8, 28672, 32000, 4096)


def test_the_bounds_are_bandwidth_over_bytes() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    sizes = [float(re.findall(r"([\d.]+) GB", cell)[0]) for cell in head[2:]]
    checked = 0
    for row in rows[: rows.index(["machine", "tokens/s", "of the bound"])]:
        for cell, size in zip(row[2:], sizes, strict=True):
            if cell != "–":
                assert float(cell) == round(float(row[1]) / size, 1), row
                checked += 1
    assert checked > 20


def test_the_sizes_are_those_of_the_shapes() -> None:
    heads = re.findall(r"(\d+B) (\w+), ([\d.]+) GB", PAGE.read_text())
    shapes = {"7B": LLAMA_7B, "13B": LLAMA_13B, "70B": LLAMA_70B}
    assert [name for name, _, _ in heads] == ["7B", "13B", "7B", "70B"]
    for name, ftype, told in heads:
        decimals = len(told.partition(".")[2])
        size = generated_size(shapes[name], ftype.lower()) / 1e9
        assert f"{size:.{decimals}f}" == told, name


def test_the_measured_share_of_the_bound_is_that_of_the_two_tables() -> None:
    text = PAGE.read_text()
    bound = 3350 / 3.83
    assert [f"{100 * rate / bound:.0f}" for rate in (297, 312)] == ["34", "36"]
    assert "34–36 %" in text
    assert f"{38.9 / 89.6 * 1e3:.0f} ms for the" in text


def test_the_page_is_one_page() -> None:
    assert len(PAGE.read_text().split()) < 1100
