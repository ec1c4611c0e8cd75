"""Memory that a model takes, against figures of llama.cpp."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.reader import read_header
from llamachat.models.fit import (
    Need,
    Shape,
    explain,
    gigabytes,
    judge,
    memory_need,
    need_of,
    shape_of,
)

LLAMA_2_7B = Shape(n_layer=32, n_embd=4096, n_embd_kv=8192, n_ff=11008, n_vocab=32000)
GB = 1_000_000_000


def test_a_token_of_llama_2_7b_takes_512_kib() -> None:
    assert memory_need(0, LLAMA_2_7B, 1).kv_cache == 512 * 1024


def test_compute_buffers_are_close_to_and_not_below_the_measured_ones() -> None:
    """llama.cpp, 7B: 97.1 MiB at 512 tokens of context, 98.6 at 2,048, 100.6 at 4,096."""
    mib = memory_need(0, LLAMA_2_7B).compute / 2**20
    assert 98.6 <= mib <= 103


def test_the_verdict_carries_its_figures() -> None:
    need = memory_need(3_825_807_040, LLAMA_2_7B)
    assert explain("7B in Q4_0", need, 8 * GB) == (
        "7B in Q4_0 needs about 5.0 GB with 2,048 tokens of context; "
        "this machine has 8.0 GB usable: fits."
    )
    assert explain("It", need, 4 * GB).endswith("this machine has 4.0 GB usable: does not fit.")


def test_a_verdict_changes_at_the_whole_and_at_nine_tenths() -> None:
    need = Need(weights=800, kv_cache=90, compute=10, n_ctx=1)
    assert [judge(need, usable) for usable in (899, 900, 999, 1000)] == [
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
    assert (shape.n_layer, shape.n_embd, shape.n_vocab) == (
        header.hyperparameter("block_count"),
        header.hyperparameter("embedding_length"),
        header.n_vocab,
    )
    heads = header.hyperparameter("attention.head_count")
    kv_heads = header.hyperparameter("attention.head_count_kv", heads)
    assert shape.n_embd_kv == 2 * kv_heads * shape.n_embd // heads
    trained = header.hyperparameter("context_length")
    assert need_of(header, 10 * trained).n_ctx == trained


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
