"""Verdicts about memory, and how sizes read."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.reader import read_header
from llamachat.models.fit import explain, gigabytes, judge, need_of
from llamachat.models.need import PROCESS, Need, Setting, Weights, memory_need
from llamachat.models.shape import shape_of
from tests.unit.models.shapes import LLAMA_2_7B

GB = 1_000_000_000


def test_the_verdict_carries_its_figures() -> None:
    need = memory_need(Weights(3_825_807_040), LLAMA_2_7B, Setting())
    assert explain("7B in Q4_0", need, 8 * GB) == (
        "7B in Q4_0 needs about 5.0 GB with 2,048 tokens of context; "
        "this machine has 8.0 GB usable: fits."
    )
    assert explain("It", need, 4 * GB).endswith("this machine has 4.0 GB usable: does not fit.")


def test_a_verdict_changes_at_the_whole_and_at_nine_tenths() -> None:
    need = Need(weights=800, kv_cache=90, compute=110 - PROCESS, n_ctx=1)
    assert [judge(need, usable) for usable in (999, 1000, 1111, 1112)] == [
        "does not fit",
        "fits barely",
        "fits barely",
        "fits",
    ]


def test_a_header_gives_the_shape(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    write_generated_llama(path, TINY, "q8_0")
    header = read_header(path, arrays=False)
    shape = shape_of(header)
    assert (shape.n_layer, shape.n_embd, shape.n_head, shape.n_head_kv) == (2, 256, 4, 2)
    assert (shape.n_ff, shape.n_vocab, shape.n_ctx_train, shape.tied) == (512, 512, 2048, False)
    assert (shape.n_embd_k, shape.n_embd_v) == (128, 128)
    assert need_of(header, 10 * 2048).n_ctx == 2048


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (3_825_807_040, "3.83 GB"),
        (5_004_388_000, "5.0 GB"),
        (25_300_000_000, "25 GB"),
        (9_599_999, "9.6 MB"),
        (864_000, "0.86 MB"),
        (0, "0.00 MB"),
    ],
)
def test_sizes_read_as_in_lists_of_model_files(size: int, shown: str) -> None:
    assert gigabytes(size) == shown
