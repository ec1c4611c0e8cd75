"""Which other values are worth a trial on this machine: only for what nobody has set.

Threads follow the cores that this process may use and never exceed its quota; the rest depends on
what is loaded. Knows the machine and the options, nothing of figures.
"""

from __future__ import annotations

import math

from llamachat.engine.base import EngineInfo
from llamachat.engine.params import AUTO, DEFAULT_N_UBATCH, EngineOptions
from llamachat.engine.tuning.values import Candidate, Knob, Setup
from llamachat.hardware.cores import Cores

MICRO_BATCHES = (256, 128)
"""smaller than llama.cpp's 512: a prompt is read in pieces of at most so many tokens"""
_WHOLE = ("f32", "f16", "bf16")
"""types of values in the KV cache that go without flash attention"""


def open_knobs(options: EngineOptions) -> tuple[Knob, ...]:
    """What the person has left to us. Bits that must not change leave nothing open, and layers on a
    graphics card are another machine."""
    if options.deterministic or options.n_gpu_layers:
        return ()
    attention_is_open = options.flash_attention == AUTO
    threads_are_open = options.threads is None
    knobs: dict[Knob, bool] = {
        "threads": threads_are_open,
        "flash_attention": attention_is_open and options.cache_type_v in (AUTO, *_WHOLE),
        "threads_batch": threads_are_open and options.threads_batch is None,
        "n_ubatch": options.n_ubatch is None,
        "cache_type": attention_is_open
        and options.cache_type_k == AUTO
        and options.cache_type_v == AUTO,
    }
    return tuple(knob for knob, is_open in knobs.items() if is_open)


def candidates(options: EngineOptions, info: EngineInfo, cores: Cores) -> tuple[Candidate, ...]:
    """What to try, the most promising first.

    Args:
        options: what the person has set.
        info: what is loaded.
    """
    knobs = open_knobs(options)
    found: list[Candidate] = []
    if "threads" in knobs:
        found += _counts("threads", sensible_threads(cores), info.threads)
    if "flash_attention" in knobs and info.cache_type_v in _WHOLE:
        found.append(Candidate("flash_attention", "off"))
    if "threads_batch" in knobs:
        found += _counts("threads_batch", sensible_threads(cores), info.threads_batch)
    if "n_ubatch" in knobs:
        found += [Candidate("n_ubatch", str(n)) for n in MICRO_BATCHES if n < info.n_ubatch]
    if "cache_type" in knobs and (info.cache_type_k, info.cache_type_v) == ("f16", "f16"):
        found.append(Candidate("cache_type", "q8_0"))
    return tuple(found)


def present(options: EngineOptions, info: EngineInfo) -> Setup:
    """How a model is computed that was loaded with these options."""
    return Setup(
        threads=info.threads,
        threads_batch=info.threads_batch,
        flash_attention=options.flash_attention,
        n_ubatch=min(info.n_ubatch, DEFAULT_N_UBATCH),
        cache_type=info.cache_type_k,
    )


def sensible_threads(cores: Cores) -> tuple[int, ...]:
    """Performance cores, all cores, all their threads, and half as many as would be taken unasked,
    for memory may be busy with fewer."""
    most = cores.affinity if cores.quota is None else min(cores.affinity, math.floor(cores.quota))
    usual = min(cores.reachable, max(1, most))
    wanted = (usual, min(cores.physical, cores.affinity), cores.affinity, usual // 2)
    return tuple(dict.fromkeys(count for count in wanted if 1 <= count <= max(1, most)))


def _counts(knob: Knob, counts: tuple[int, ...], present: int) -> list[Candidate]:
    return [Candidate(knob, str(count)) for count in counts if count != present]
