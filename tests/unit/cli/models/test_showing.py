"""`models show`: every tensor with its shape and what it is for, and the bytes of each type."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from llamachat.cli.cells import width
from llamachat.cli.models import showing
from llamachat.cli.models.showing import run
from llamachat.cli.output import standard_output
from llamachat.cli.page import Page
from llamachat.gguf.generated import TINY, write_generated_llama

Capture = pytest.CaptureFixture[str]
QUERIES = "queries: what each token looks for"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("show") / "tiny.gguf"
    write_generated_llama(path, TINY, "q4_0")
    return path


def part(text: str, title: str) -> list[str]:
    """The lines below a title."""
    lines = text.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith(title)) + 1
    return lines[begin : lines.index("", begin)]


def test_a_tensor_stands_with_its_shape_and_what_it_is_for(model: Path, capfd: Capture) -> None:
    assert run([str(model)]) == 0
    lines = part(capfd.readouterr().out, "Tensors (21, ")
    (queries,) = [line.split() for line in lines if "attn_q" in line]
    assert queries[:5] == ["blk.{0-1}.attn_q.weight", "256", "×", "256", "q4_0"]
    assert " ".join(queries[7:]) == QUERIES
    assert len(lines) == 12
    assert run([str(model), "--tensors"]) == 0
    lines = part(capfd.readouterr().out, "Tensors (21, ")
    assert len(lines) == 21 and sum(QUERIES in line for line in lines) == 2


def test_the_bytes_of_each_type_add_up(model: Path, capfd: Capture) -> None:
    assert run([str(model)]) == 0
    lines = part(capfd.readouterr().out, "Size by type")
    assert [line.split()[:3] for line in lines] == [
        ["q4_0", "15", "tensors"], ["q6_K", "1", "tensor"], ["f32", "5", "tensors"]
    ]  # fmt: skip
    assert run([str(model), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert sum(row["bytes"] for row in told["by_type"].values()) == sum(
        tensor["bytes"] for tensor in told["tensors"]
    )
    assert told["by_type"]["f32"] == {"tensors": 5, "bytes": 5 * 256 * 4}
    assert all(tensor["meaning"] for tensor in told["tensors"])


@pytest.mark.parametrize("columns", [40, 80])
def test_a_narrow_terminal_has_the_meaning_below(
    model: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    page = Page(standard_output(), columns=columns, colour=False)
    monkeypatch.setattr(showing, "open_page", lambda: page)
    assert run([str(model)]) == 0
    sys.stdout.flush()
    lines = part(capfd.readouterr().out, "Tensors (21, ")
    at = next(at for at, line in enumerate(lines) if "attn_q" in line)
    assert QUERIES not in lines[at] and lines[at + 1].strip() == QUERIES
    assert all(width(line) <= columns for line in lines)
