"""Tokens per second of prefill and decode, of llama-bench and of our engine.

The rows have llama-bench's names. Ours are taken from outside: from the request to the last
Prefilled event, and from the first chunk of text to Done.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from llamachat.engine.base import Chunk, Done, Engine
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt, raw_prompt
from llamachat.hardware.cores import default_threads, read_cores

N_DECODE = 64
DEPTH = 512
PREFILLS = (256, 512)
GREEDY = SamplingParams(temp=0, ignore_eos=True)


def of_llama_bench(program: Path, model: Path) -> dict[str, float]:
    """One repetition of every row, after llama-bench's own warm-up."""
    threads = str(default_threads(read_cores()))
    rows: dict[str, float] = {}
    for prompts, depth in ((",".join(map(str, PREFILLS)), "0"), ("0", str(DEPTH))):
        done = subprocess.run(
            [
                *(str(program), "-m", str(model), "-t", threads, "-r", "1", "-o", "json"),
                *("-p", prompts, "-n", str(N_DECODE), "-d", depth),
            ],
            capture_output=True,
            check=True,
        )
        for test in json.loads(done.stdout):
            name = f"pp{test['n_prompt']}" if test["n_prompt"] else f"tg{test['n_gen']}"
            rows[name + (f" @ d{test['n_depth']}" if test["n_depth"] else "")] = test["avg_ts"]
    return rows


def of_engine(model: Path, *, isolated: bool) -> dict[str, float]:
    """The same rows, with the options the app would take."""
    options = EngineOptions(model, n_ctx=DEPTH + 2 * N_DECODE + 64)
    rows: dict[str, float] = {}
    with open_engine(model, options=options, isolated=isolated) as engine:
        _decode(engine, prompt_of(engine, 16, "warm"), 4)
        for size in PREFILLS:
            _prefill(engine, size, "warm")  # llama-bench does the same: memory is touched once
            rows[f"pp{size}"] = _prefill(engine, size, "prefill")
        rows[f"tg{N_DECODE}"] = _decode(engine, prompt_of(engine, 2, "short"), N_DECODE)
        rows[f"tg{N_DECODE} @ d{DEPTH}"] = _decode(
            engine, prompt_of(engine, DEPTH, "deep"), N_DECODE
        )
    return rows


def prompt_of(engine: Engine, n_tokens: int, first: str) -> Prompt:
    """A prompt of exactly so many tokens, unlike any that starts with another word."""
    words = [first]
    while engine.count(raw_prompt(" ".join(words))) < n_tokens:
        words += ["and", "so", "it", "goes"]
    text = " ".join(words)
    while engine.count(raw_prompt(text)) > n_tokens:
        text = text[:-1]
    return raw_prompt(text)


def _prefill(engine: Engine, n_tokens: int, first: str) -> float:
    prompt = prompt_of(engine, n_tokens, f"{first}{n_tokens}")
    started = time.perf_counter()
    steps = list(engine.prefill(prompt))
    return (steps[-1].total - steps[0].cached) / (time.perf_counter() - started)


def _decode(engine: Engine, prompt: Prompt, n_predict: int) -> float:
    """Tokens per second after the first; llama-bench samples nothing, we do."""
    first = 0.0
    params = GenerateParams(n_predict=n_predict, sampling=GREEDY)
    for event in engine.generate(prompt, params):
        if isinstance(event, Chunk) and not first:
            first = time.perf_counter()
        if isinstance(event, Done):
            return (event.usage.generated - 1) / (time.perf_counter() - first)
    raise AssertionError("a stream ends with Done")
