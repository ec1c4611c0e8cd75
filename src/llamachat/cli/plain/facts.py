"""The facts at the start of a plain dialog, in llama.cpp's classic layout.

What was loaded and how, how answers are sampled, which keys do what. Knows nothing of where the
lines go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from llamachat.engine.base import EngineInfo
from llamachat.engine.params import RANDOM_SEED, GenerateParams, SamplingParams

_MIB = 1024 * 1024


def model_facts(info: EngineInfo) -> Iterator[str]:
    """One fact a line: the dimensions and what they take in memory; of a server what it tells."""
    if info.server:
        yield from _rows({"model": info.name, "server": info.server, "n_ctx": str(info.n_ctx)})
        return
    memory = info.memory
    required = memory.model + memory.kv_cache + memory.compute
    kinds = f"K ({info.cache_type_k}) and V ({info.cache_type_v})"
    rows = {
        "model": info.name or "(no name)",
        "file": info.path,
        "ftype": info.ftype,
        "n_params": f"{info.n_params / 1e6:,.2f} M",
        "n_vocab": str(info.n_vocab),
        "n_ctx": f"{info.n_ctx} (trained with {info.n_ctx_train})",
        "n_embd": str(info.n_embd),
        "n_head": f"{info.n_head} (n_head_kv = {info.n_head_kv})",
        "n_layer": str(info.n_layer),
        "n_rot": str(info.n_rot),
        "n_ff": str(info.n_ff),
        "model size": _mib(memory.model),
        "memory required": f"{_mib(required)} (model, KV cache and buffers)",
        "KV size": f"{_mib(memory.kv_cache)}, {kinds}",
        "load time": f"{info.load_seconds * 1e3:.0f} ms",
    }
    yield from _rows(rows)


def _rows(rows: Mapping[str, str]) -> Iterator[str]:
    return (f"model: {name:<15} = {value}" for name, value in rows.items())


def machine_fact(info: EngineInfo) -> str:
    """llama.cpp's system_info line, and the rung of the capability ladder."""
    return (
        f"system_info: n_threads = {info.threads} (n_threads_batch = {info.threads_batch}) / "
        f"{os.cpu_count()} | {info.system_info.strip(' |')} | rung = {info.rung}"
    )


def sampling_facts(info: EngineInfo, params: GenerateParams) -> Iterator[str]:
    """Seed, reverse prompts, the sampling line and the generate line."""
    sampling = params.sampling
    seed = "random for each answer" if sampling.seed == RANDOM_SEED else str(sampling.seed)
    yield f"seed: {seed}"
    for stop in params.stop:
        yield f"Reverse prompt: {stop!r}"
    yield f"sampling: {', '.join(_sampling(sampling))}"
    yield (
        f"generate: n_ctx = {info.n_ctx}, n_batch = {info.n_batch}, "
        f"n_predict = {params.n_predict}, n_keep = {params.n_keep}"
    )


def key_hints(*, multiline: bool) -> Iterator[str]:
    """What the keys do, in llama.cpp's words."""
    yield "== Running in interactive mode. =="
    yield " - Press Ctrl+C to interject at any time."
    if multiline:
        yield " - To return control to the AI, end your input with '\\'."
    else:
        yield " - Press Return to return control to the AI."
    yield " - To return control without starting a new line, end your input with '/'."
    if not multiline:
        yield " - If you want to submit another line, end your input with '\\'."
    yield " - Type /help for the commands; Ctrl+D or /exit leaves."


def _sampling(p: SamplingParams) -> Iterator[str]:
    """The classic five first, then whatever differs from its default."""
    yield f"temp = {p.temp:f}"
    yield f"top_k = {p.top_k}"
    yield f"top_p = {p.top_p:f}"
    yield f"repeat_last_n = {p.repeat_last_n}"
    yield f"repeat_penalty = {p.repeat_penalty:f}"
    yield f"min_p = {p.min_p:f}"
    default = SamplingParams()
    told = ("temp", "top_k", "top_p", "repeat_last_n", "repeat_penalty", "min_p", "seed")
    for name in SamplingParams.__slots__:
        value = getattr(p, name)
        if name not in told and value != getattr(default, name):
            yield f"{name} = {value!r}"


def _mib(size: int) -> str:
    return f"{size / _MIB:.2f} MiB"
