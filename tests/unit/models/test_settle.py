"""What is left open is chosen so that the model fits, from the best downwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.engine.params import EngineOptions
from llamachat.errors import ExitCode, OutOfMemory
from llamachat.gguf.generated import LLAMA_7B, plan_tensors
from llamachat.gguf.header import GGUFHeader, TensorInfo
from llamachat.gguf.metadata import Array, ValueType, text, u32
from llamachat.hardware.memory import MemoryState
from llamachat.models.settle import Settled, settle, settle_here

GB = 1_000_000_000
OPEN = EngineOptions(Path("7b.gguf"))
COPIES = {"q4_0": "CPU_REPACK"}


def header_7b(n_ctx: int = 4096) -> GGUFHeader:
    """A 7B in Q4_0, of which only the header exists."""
    tensors = tuple(
        TensorInfo(tensor.name, tensor.dims, tensor.type, 0)
        for tensor in plan_tensors(LLAMA_7B, "q4_0")
    )
    numbers = {
        "block_count": 32, "embedding_length": 4096, "attention.head_count": 32,
        "attention.head_count_kv": 32, "feed_forward_length": 11008, "context_length": n_ctx,
    }  # fmt: skip
    metadata = {f"llama.{name}": u32(number) for name, number in numbers.items()}
    vocabulary = {"tokenizer.ggml.tokens": Array(ValueType.STRING, 32000, None)}
    return GGUFHeader(
        OPEN.model, 3, {"general.architecture": text("llama")} | metadata | vocabulary,
        tensors, 32, 0, 0, None,
    )  # fmt: skip


def on(
    gigabytes: float, options: EngineOptions = OPEN, *, n_ctx: int = 4096, dropped: bool = True
) -> Settled:
    memory = MemoryState(32 * GB, int(gigabytes * GB), 0, 0)
    return settle(options, header_7b(n_ctx), memory, copies=COPIES, dropped=dropped)


def chosen(settled: Settled) -> tuple[int, str, str, str]:
    options = settled.options
    return options.n_ctx, options.cache_type_k, options.cache_type_v, options.load_mode


@pytest.mark.parametrize(
    ("usable", "choice"),
    [
        (16, (4096, "f16", "f16", "auto")),
        (7, (4096, "f16", "f16", "auto")),
        (6, (4096, "q8_0", "q8_0", "auto")),
        (5.65, (2048, "f16", "f16", "auto")),
        (5.2, (2048, "q8_0", "q8_0", "auto")),
        (4.8, (1024, "q8_0", "q8_0", "auto")),
    ],
)
def test_less_memory_costs_first_exactness_of_the_cache_then_its_length(
    usable: float, choice: tuple[int, str, str, str]
) -> None:
    settled = on(usable)
    assert chosen(settled) == choice
    assert settled.fit == "fits" and settled.need.peak <= 0.9 * usable * GB


@pytest.mark.parametrize(
    ("usable", "choice"),
    [
        (16, (4096, "f16", "f16", "auto")),
        (9, (4096, "f16", "f16", "none")),
        (7, (4096, "f16", "f16", "none")),
        (6, (4096, "q8_0", "q8_0", "none")),
        (5.65, (2048, "f16", "f16", "none")),
        (5.2, (2048, "q8_0", "q8_0", "none")),
        (4.8, (1024, "q8_0", "q8_0", "none")),
    ],
)
def test_where_pages_are_not_dropped_less_memory_costs_first_the_mapping(
    usable: float, choice: tuple[int, str, str, str]
) -> None:
    settled = on(usable, dropped=False)
    assert chosen(settled) == choice
    assert settled.fit == "fits" and settled.need.total <= 0.9 * usable * GB


def test_where_all_is_as_expected_nothing_is_said() -> None:
    assert on(16).sentences == ()


def test_what_was_changed_is_said_with_figures() -> None:
    assert on(5.2, dropped=False).sentences == (
        "7b.gguf fits into the 5.2 GB usable here with 2,048 of the 4,096 tokens of context it "
        "was trained with, a q8_0 KV cache and its file read, not mapped (load mode none): "
        "about 4.5 GB.",
    )


def test_a_long_context_is_not_taken_unasked() -> None:
    settled = on(32, n_ctx=131072)
    assert settled.options.n_ctx == 8192
    assert settled.sentences == ("Context: 8,192 tokens; the model was trained with 131,072.",)
    assert on(32, replace(OPEN, n_ctx=16384), n_ctx=131072).sentences == ()


def test_a_model_that_takes_nearly_all_is_said_to() -> None:
    settled = on(4.3)
    assert settled.fit == "fits barely" and settled.options.n_ctx == 1024
    assert settled.sentences[-1] == "It fits barely: about 4.3 GB of the 4.3 GB usable here."


@pytest.mark.parametrize(
    ("options", "choice"),
    [
        (replace(OPEN, n_ctx=4096), (4096, "q8_0", "q8_0", "auto")),
        (replace(OPEN, cache_type_k="f16"), (4096, "f16", "q8_0", "auto")),
        (replace(OPEN, flash_attention="off"), (2048, "f16", "f16", "auto")),
        (replace(OPEN, load_mode="mmap"), (4096, "q8_0", "q8_0", "mmap")),
    ],
)
def test_what_a_person_set_is_never_changed(
    options: EngineOptions, choice: tuple[int, str, str, str]
) -> None:
    assert chosen(on(6.3 if options.cache_type_k == "f16" else 6, options)) == choice


def test_what_cannot_fit_is_refused_with_figures() -> None:
    with pytest.raises(OutOfMemory) as refused:
        on(3)
    assert refused.value.exit_code == ExitCode.MEMORY
    assert refused.value.message == (
        "7b.gguf does not fit into memory: it needs about 4.3 GB with 1,024 tokens of context "
        "and a q8_0 KV cache, and 3.00 GB are usable."
    )
    assert "-fit off" in refused.value.hint and "llamachat models list" in refused.value.hint


def test_a_refusal_names_what_would_fit() -> None:
    with pytest.raises(OutOfMemory) as refused:
        on(5.2, replace(OPEN, n_ctx=4096, cache_type_k="f16", cache_type_v="f16"))
    assert "It would fit with -c 2048 -ctk q8_0 -ctv q8_0; -fit off" in refused.value.hint


def test_a_refusal_names_swap_and_the_limit_of_a_container() -> None:
    memory = MemoryState(32 * GB, 9 * GB, 4 * GB, 4 * GB, cgroup_limit=3 * GB)
    with pytest.raises(OutOfMemory) as refused:
        settle(OPEN, header_7b(), memory)
    assert "below this container's limit of 3.00 GB. It would have to swap." in str(refused.value)


@pytest.mark.parametrize("options", [replace(OPEN, fit=False), replace(OPEN, n_gpu_layers=99)])
def test_the_check_can_be_left_out_and_leaves_graphics_cards_alone(options: EngineOptions) -> None:
    assert on(1, options).options == options


def test_locked_pages_count() -> None:
    locked = on(16, replace(OPEN, load_mode="mmap+mlock"))
    assert locked.need.total == on(16, dropped=False).need.peak


def test_bob_fits_as_he_is() -> None:
    settled = settle_here(EngineOptions(BOB))
    assert settled.sentences == () and settled.fit == "fits"
    assert settled.options.cache_type_k == "f16"
