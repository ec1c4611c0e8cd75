"""What is left open about loading a model, chosen so that it fits into memory; or a refusal.

Context, types of the KV cache and load mode are tried from the best downwards; the first choice
that leaves a tenth of the usable memory to others is taken, and said. What a person has set is
never changed: then the refusal names what would fit. Layers on a graphics card are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from llamachat.engine.ladder import Ladder
from llamachat.engine.params import AUTO, DEFAULT_N_UBATCH, EngineOptions, LoadMode
from llamachat.errors import OutOfMemory
from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.reader import read_header
from llamachat.hardware.cores import default_threads, read_cores
from llamachat.hardware.mapped_pages import CAN_DROP
from llamachat.hardware.memory import MemoryState, read_memory
from llamachat.models.copies import Copies, weights_of
from llamachat.models.fit import TIGHT, Fit, judge
from llamachat.models.fit_words import refusal, said
from llamachat.models.measured import settle_measured
from llamachat.models.need import Need, Setting, memory_need
from llamachat.models.shape import Shape, shape_of

MOST_CTX = 8192
"""tokens of context without being asked for: of a Llama-3 8B 1.1 GB, and at 40 tokens per second
three minutes of reading"""
ENOUGH_CTX = 4096
"""rather than go below this the KV cache is quantized"""
LEAST_CTX = 1024
"""a chat needs so much"""


@dataclass(frozen=True, slots=True)
class Settled:
    """Options with nothing left open, what they take, and what must be said about them."""

    options: EngineOptions
    need: Need
    fit: Fit
    sentences: tuple[str, ...] = ()


def settle_here(options: EngineOptions, *, measured: bool = True) -> Settled:
    """For this machine as it is now.

    Args:
        measured: take what `llamachat tune` found, where nothing else is asked for.

    Raises:
        OutOfMemory: the model does not fit, whatever is left open.
        ModelError, UnsupportedCPU, EngineError: as `open_engine` does.
    """
    header = read_header(options.model, arrays=False)
    ladder = Ladder.open(options.threads or default_threads(read_cores()))
    fast = options.extra_buffers and ladder.choose(header.weight_types).rung == "fast"
    memory, copies = read_memory(), ladder.copies if fast else {}

    def settled(wanted: EngineOptions) -> Settled:
        return settle(wanted, header, memory, copies=copies)

    return settle_measured(options, settled, fast=fast) if measured else settled(options)


def settle(
    options: EngineOptions,
    header: GGUFHeader,
    memory: MemoryState,
    *,
    copies: Copies | None = None,
    dropped: bool = CAN_DROP,
) -> Settled:
    """The best choice that fits into `memory`.

    Args:
        copies: tensor types whose weights the fast kernels copy; none where they are not used.
        dropped: pages of a mapped file are dropped when they have been copied.

    Raises:
        OutOfMemory: there is none; the hint says what would fit if less had been asked for.
    """
    usable = memory.usable
    choices = list(_choices(options, header, copies or {}, dropped))
    if not options.fit or options.n_gpu_layers:
        return Settled(options, choices[0].need, judge(choices[0].need, usable))
    chosen = _best(choices, usable)
    if chosen is None:
        freed = replace(options, n_ctx=0, cache_type_k=AUTO, cache_type_v=AUTO, load_mode="auto")
        other = _best(list(_choices(freed, header, copies or {}, dropped)), usable)
        raise OutOfMemory(*refusal(choices[-1], other, memory))
    fit = judge(chosen.need, usable)
    trained = header.hyperparameter("context_length")
    forced = chosen != choices[0]
    sentences = said(options, chosen, memory, trained=trained, forced=forced, fit=fit)
    return Settled(chosen.options, chosen.need, fit, sentences)


def _best(choices: list[Settled], usable: int) -> Settled | None:
    """The first that fits comfortably, else the smallest if it fits at all.

    A mapped file beside copies of its weights counts where the load mode is ours to choose: its
    pages would be taken back while the model is being loaded.
    """
    for choice in choices:
        ours = choice.options.load_mode == "auto"
        if (choice.need.peak if ours else choice.need.total) <= TIGHT * usable:
            return choice
    smallest = min(choices, key=lambda choice: choice.need.peak)
    return smallest if smallest.need.total <= usable else None


def _choices(
    options: EngineOptions, header: GGUFHeader, copies: Copies, dropped: bool
) -> Iterator[Settled]:
    """From the best downwards."""
    shape = shape_of(header)
    modes: tuple[LoadMode, ...] = (options.load_mode,)
    if options.load_mode == "auto":
        modes = ("auto", "none")
    weights = {
        mode: weights_of(header, copies, mapped=_keeps_pages(mode, dropped)) for mode in modes
    }
    for n_ctx in _contexts(options, shape):
        for type_k, type_v in _cache_types(options, shape, n_ctx):
            setting = Setting(
                n_ctx, type_k, type_v,
                flash_attention=options.flash_attention != "off",
                n_ubatch=min(options.n_ubatch or DEFAULT_N_UBATCH, options.n_batch),
            )  # fmt: skip
            for mode in modes:
                if mode == "none" and options.load_mode == "auto" and not weights["auto"].mapped:
                    continue
                need = memory_need(weights[mode], shape, setting)
                if mode == "mmap+mlock":
                    need = replace(need, weights=need.weights + need.mapped, mapped=0)
                taken = replace(
                    options, n_ctx=n_ctx, cache_type_k=type_k, cache_type_v=type_v, load_mode=mode
                )
                yield Settled(taken, need, "fits")


def _keeps_pages(mode: LoadMode, dropped: bool) -> bool:
    """Whether a file lies in memory beside the copies of its weights."""
    return mode == "mmap+mlock" or (mode in ("auto", "mmap") and not dropped)


def _contexts(options: EngineOptions, shape: Shape) -> Iterator[int]:
    if options.n_ctx:
        yield options.n_ctx
        return
    n_ctx = min(shape.n_ctx_train or ENOUGH_CTX, MOST_CTX)
    yield n_ctx
    n_ctx = 1 << (n_ctx - 1).bit_length() - 1
    while n_ctx >= LEAST_CTX:
        yield n_ctx
        n_ctx //= 2


def _cache_types(options: EngineOptions, shape: Shape, n_ctx: int) -> Iterator[tuple[str, str]]:
    """(K, V); q8_0 halves the cache, needs flash attention and heads of whole blocks."""
    k, v = options.cache_type_k, options.cache_type_v
    yield ("f16" if k == AUTO else k), ("f16" if v == AUTO else v)
    width = shape.n_embd // max(shape.n_head, 1)
    whole = (shape.head_k or width) % 32 == 0 and (shape.head_v or width) % 32 == 0
    if options.flash_attention == "off" or not whole or AUTO not in (k, v):
        return
    if options.n_ctx or n_ctx <= ENOUGH_CTX:
        yield ("q8_0" if k == AUTO else k), ("q8_0" if v == AUTO else v)
