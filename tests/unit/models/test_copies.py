"""Copies of weights in another order: which tensors, and how many bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.engine.ladder import Ladder
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.params import EngineOptions
from llamachat.gguf.generated import LlamaShape, write_generated_llama
from llamachat.gguf.reader import read_header
from llamachat.hardware.cores import default_threads, read_cores
from llamachat.models.copies import weights_of

SHAPE = LlamaShape(2, 1024, 8, 4, 2816, 512, 512)
MATRICES = 2 * (2 * 1024 * 1024 + 2 * 1024 * 512 + 3 * 1024 * 2816)
"""weights of all matrices but embeddings and output"""
OUTPUT = 1024 * 512


def test_all_that_is_multiplied_with_is_copied_and_the_file_stays_mapped(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    write_generated_llama(path, SHAPE, "q4_0", pure=True)
    header = read_header(path)
    copied = (MATRICES + OUTPUT) // 32 * 18
    mapped = weights_of(header, {"q4_0": "CPU_REPACK"}, mapped=True)
    assert (mapped.total, mapped.mapped) == (header.tensor_bytes, copied)
    read = weights_of(header, {"q4_0": "CPU_REPACK"}, mapped=False)
    assert (read.total, read.mapped) == (header.tensor_bytes, 0)
    assert weights_of(header, {"q8_0": "CPU_REPACK"}, mapped=True).mapped == 0


def test_amx_adds_sums_to_some_types(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    write_generated_llama(path, SHAPE, "q4_K", pure=True)
    header = read_header(path)
    weights = weights_of(header, {"q4_K": "AMX"}, mapped=False)
    assert weights.total == header.tensor_bytes + (MATRICES + OUTPUT) // 256 * 4


def test_tied_embeddings_are_kept_and_copied(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    write_generated_llama(
        path, LlamaShape(1, 256, 4, 4, 512, 512, 128, tied=True), "q4_0", pure=True
    )
    header = read_header(path)
    weights = weights_of(header, {"q4_0": "CPU_REPACK"}, mapped=False)
    assert weights.total == header.tensor_bytes + 256 * 512 // 32 * 18


@pytest.mark.parametrize(
    "ftype",
    ["q4_0", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("q4_K", "q8_0")), "q4_K_M"],
)
def test_the_engine_copies_what_was_computed(tmp_path: Path, ftype: str) -> None:
    """The ladder says which types this processor copies; llama.cpp logs the size of the copies."""
    path = tmp_path / "m.gguf"
    write_generated_llama(path, SHAPE, ftype, pure=ftype != "q4_K_M")
    copies = Ladder.open(default_threads(read_cores())).copies
    weights = weights_of(read_header(path), copies, mapped=True)
    loaded = LoadedModel(EngineOptions(path, n_ctx=128, load_mode="mmap"))
    logged = [line for line in loaded.log.lines if "model buffer size" in line]
    loaded.close()
    mib = sum(float(line.split()[-2]) for line in logged if "CPU_Mapped" not in line)
    added = weights.total - read_header(path).tensor_bytes
    assert (weights.mapped + added) / (1 << 20) == pytest.approx(mib, abs=0.01)
