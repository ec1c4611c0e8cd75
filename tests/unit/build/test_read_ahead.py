"""Advice to the kernel reaches the right pages, and changes nothing but where they are."""

import re
from pathlib import Path

import numpy as np
import pytest

from llamachat.build.gguf_file import GGUFFile
from llamachat.build.read_ahead import done_with, will_need
from llamachat.build.tensor_file import StoredTensor
from llamachat.gguf.generated import LlamaShape, write_generated_llama

SMAPS = Path("/proc/self/smaps")
NAME = "token_embd.weight"


@pytest.fixture
def tensor(tmp_path: Path) -> StoredTensor:
    """16 MB in a mapped file."""
    write_generated_llama(
        tmp_path / "m.gguf", LlamaShape(1, 256, 4, 4, 256, 32768, 128, tied=True), "f16"
    )
    return GGUFFile(tmp_path / "m.gguf").tensors[NAME]


def resident(tmp_path: Path) -> int:
    """Bytes of the mapped file that count as this process's memory."""
    found = re.search(rf"{re.escape(str(tmp_path))}.*?\nRss:\s+(\d+)", SMAPS.read_text(), re.S)
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.skipif(not SMAPS.exists(), reason="only Linux tells what is resident")
def test_what_was_read_no_longer_counts_and_can_be_read_again(
    tensor: StoredTensor, tmp_path: Path
) -> None:
    first = tensor.weights.copy()
    whole = resident(tmp_path)
    assert whole >= tensor.weights.nbytes
    done_with([tensor], 0.5, 1.0)
    assert resident(tmp_path) < 0.6 * whole
    done_with([tensor], 0.0, 0.5)
    assert resident(tmp_path) < 0.1 * whole
    np.testing.assert_array_equal(tensor.weights.view(np.uint16), first.view(np.uint16))


def test_reading_ahead_is_only_advice(tensor: StoredTensor) -> None:
    before = tensor.weights.copy()
    for start, stop in ((0.0, 0.3), (0.3, 1.0), (0.999, 1.0), (0.5, 0.5), (0.9, 1.5)):
        will_need([tensor], start, stop)
    np.testing.assert_array_equal(tensor.weights.view(np.uint16), before.view(np.uint16))


def test_weights_in_memory_need_no_advice() -> None:
    weights = np.zeros((4, 8), np.float32)
    held = StoredTensor("blk.0.attn_q.weight", "f32", weights.shape, weights)
    will_need([held], 0.0, 1.0)
    done_with([held], 0.0, 1.0)
    assert (weights == 0).all()
