"""The formula against llama.cpp's own figures, and against a model that is really loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions
from llamachat.gguf.generated import LlamaShape, write_generated_llama
from llamachat.gguf.reader import read_header
from llamachat.models.copies import weights_of
from llamachat.models.need import PROCESS, Need, Setting, Weights, memory_need
from llamachat.models.shape import Shape, shape_of
from tests.unit.models.shapes import LLAMA_2_7B, LLAMA_3_8B, TINYLLAMA, WIDE

MIB = 1 << 20
NOTHING = Weights(0)


@pytest.mark.parametrize(
    ("kind", "bytes_each"), [("f32", 4.0), ("f16", 2.0), ("q8_0", 34 / 32), ("q4_0", 18 / 32)]
)
def test_a_token_of_llama_2_7b_takes_two_rows_a_layer(kind: str, bytes_each: float) -> None:
    need = memory_need(NOTHING, LLAMA_2_7B, Setting(4096, kind, kind))
    assert need.kv_cache == 4096 * 32 * 2 * 4096 * bytes_each


def test_a_context_is_rounded_up_as_llama_cpp_does() -> None:
    sizes = {memory_need(NOTHING, TINYLLAMA, Setting(n)).kv_cache for n in (257, 300, 512)}
    assert sizes == {512 * 22 * 2 * 256 * 2}


@pytest.mark.parametrize(
    ("shape", "setting", "mib"),
    [
        (LLAMA_2_7B, Setting(512), 97.13),
        (LLAMA_2_7B, Setting(4096), 100.63),
        (LLAMA_2_7B, Setting(16384), 112.63),
        (LLAMA_2_7B, Setting(4096, n_ubatch=128), 25.25),
        (LLAMA_2_7B, Setting(2048, flash_attention=False), 188.13),
        (LLAMA_2_7B, Setting(16384, flash_attention=False), 1112.13),
        (LLAMA_3_8B, Setting(8192), 266.99),
        (LLAMA_3_8B, Setting(4096, flash_attention=False), 308.5),
        (TINYLLAMA, Setting(2048), 70.62),
        (TINYLLAMA, Setting(4096, flash_attention=False), 285.13),
        (WIDE, Setting(512), 104.51),
        (WIDE, Setting(8192, flash_attention=False), 286.01),
    ],
)
def test_compute_buffers_are_those_that_llama_cpp_reports(
    shape: Shape, setting: Setting, mib: float
) -> None:
    """compute and output buffer, as logged by llama.cpp for these shapes with fewer layers"""
    assert memory_need(NOTHING, shape, setting).compute / MIB == pytest.approx(mib, rel=0.01)


def test_the_peak_counts_what_the_kernel_can_take_back() -> None:
    need = Need(weights=10, kv_cache=5, compute=1, n_ctx=1, mapped=8)
    assert (need.total, need.peak) == (16 + PROCESS, 24 + PROCESS)


def test_a_loaded_model_has_the_buffers_that_were_computed(tmp_path: Path) -> None:
    path = tmp_path / "small.gguf"
    write_generated_llama(path, LlamaShape(3, 512, 8, 2, 1536, 2048, 4096), "q4_0")
    header = read_header(path)
    for type_k, type_v, fa in (
        ("f16", "f16", "off"),
        ("q8_0", "q4_0", "on"),
        ("f16", "q8_0", "on"),
    ):
        options = EngineOptions(
            path, n_ctx=1000, cache_type_k=type_k, cache_type_v=type_v,
            flash_attention="on" if fa == "on" else "off",
        )  # fmt: skip
        setting = Setting(1000, type_k, type_v, flash_attention=fa == "on")
        need = memory_need(weights_of(header, {}, mapped=True), shape_of(header), setting)
        with open_engine(path, options=options, isolated=False) as engine:
            memory = engine.info.memory
        assert need.kv_cache == pytest.approx(
            memory.kv_cache, abs=6000
        )  # logged in MiB, two places
        assert need.compute == pytest.approx(memory.compute, rel=0.08)
        assert need.weights == memory.model
