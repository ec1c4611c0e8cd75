"""Loading time by load mode, and the memory that a model with a full context holds.

From the start of the process to the first token of a short prompt, file in the page cache, in turns
with llama-completion. Then workers whose context of 2,048 tokens is filled: the peak and what is
resident afterwards, as Linux counts it (VmHWM, VmRSS), and the speed of reading and writing of both
load modes in turns. A part of `scripts.bench.fast`; `scripts.bench.fit` has the predictions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams, LoadMode
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.hardware.memory import resident_bytes
from scripts.bench import machine
from scripts.bench.completion import complete
from scripts.bench.figures import Report, Row, Target, bar
from scripts.bench.fit import peak_bytes
from scripts.bench.plot import bars
from scripts.bench.rates import GREEDY, decode_rate, prefill_rate, prompt_of

N_CTX = 2048
WRITTEN = 24
"""tokens, with which the context is full"""
DEPTH = 512
"""tokens read in one turn of the comparison of load modes"""
SHORT = "Once upon a time"
MODES: tuple[LoadMode, ...] = ("auto", "none")
GB = 1e9
OF_7B = range(3_700_000_000, 3_900_000_000)
"""bytes of weights of a 7B in Q4_0, for which there are targets"""
TARGETS = {"f16": 5.3, "q8_0": 4.8}
"""gigabytes at most"""
THEIRS = "llama-completion"


def load_times(model: Path, rounds: int) -> Report:
    """Seconds from nothing to the first token."""
    figures: dict[str, list[float]] = {}
    subjects: dict[str, Callable[[], float]] = {
        THEIRS: lambda: complete(model, SHORT, n_ctx=N_CTX).written,
        **{f"llamachat, load mode {mode}": partial(_started, model, mode) for mode in MODES},
    }
    for number in range(rounds):
        machine.say(f"load: round {number + 1} of {rounds}")
        for name, subject in subjects.items():
            figures.setdefault(name, []).append(subject())
    theirs = figures[THEIRS]
    rows = [
        Row(name, seconds, base=() if name == THEIRS else theirs, colour=int(name == THEIRS))
        for name, seconds in figures.items()
    ]
    title = "From process start to the first token"
    about = f"{rounds} rounds; a prompt of a few words, the file in the page cache."
    plot = bars(title, [bar(row) for row in rows], unit="s", legend=("llamachat", "llama.cpp"))
    return Report(title, about, rows, {"load": plot})


def _started(model: Path, mode: LoadMode) -> float:
    began = time.perf_counter()
    with open_engine(model, options=EngineOptions(model, n_ctx=N_CTX, load_mode=mode)) as engine:
        list(engine.generate(raw_prompt(SHORT), GenerateParams(1)))
        return time.perf_counter() - began


def memory(model: Path, rounds: int) -> Report:
    """What is held, once, for memory does not swing; and what the mapping costs in speed."""
    others = complete(model, SHORT, n_ctx=N_CTX).peak / GB
    held, speed = [Row(f"{THEIRS}, f16", [others], "GB", colour=1)], list[Row]()
    for kind, target in TARGETS.items():
        for mode in MODES:
            machine.say(f"memory: {kind}, load mode {mode}")
            peak, after, size = _filled(_options(model, kind, mode))
            goal = Target(target, "worst") if size in OF_7B and mode == "auto" else None
            held.append(Row(f"{kind}, {mode}: at most", [peak / GB], "GB", [others], goal))
            held.append(Row(f"{kind}, {mode}: in the end", [after / GB], "GB", [others]))
        speed += _speeds(model, kind, rounds)
    title = f"Memory with {N_CTX:,} tokens of context, full"
    about = (
        "Decimal gigabytes, ratios to llama-completion's peak; then the speed of a file that is "
        f"mapped (auto) against that of one that is read (none), {rounds} rounds of {DEPTH} tokens "
        f"read and {WRITTEN} written."
    )
    shown = [row for row in held if "in the end" not in row.name]
    plot = bars(title, [bar(row) for row in shown], unit="GB", legend=("llamachat", "llama.cpp"))
    return Report(title, about, [*held, *speed], {"memory": plot})


def _options(model: Path, kind: str, mode: LoadMode) -> EngineOptions:
    return EngineOptions(
        model, n_ctx=N_CTX, cache_type_k=kind, cache_type_v=kind, load_mode=mode, spec_type="none"
    )


def _filled(options: EngineOptions) -> tuple[int, int, int]:
    """Bytes at most and in the end, bytes of weights."""
    with open_engine(options.model, options=options) as engine:
        assert isinstance(engine, ProcessEngine) and engine.pid is not None
        prompt = prompt_of(engine, N_CTX - WRITTEN - 1, "full")
        list(engine.generate(prompt, GenerateParams(WRITTEN, sampling=GREEDY)))
        return peak_bytes(engine.pid), resident_bytes(engine.pid), engine.info.memory.model


def _speeds(model: Path, kind: str, rounds: int) -> list[Row]:
    """Tokens per second of both load modes, which take turns."""
    read: dict[LoadMode, list[float]] = {mode: [] for mode in MODES}
    written: dict[LoadMode, list[float]] = {mode: [] for mode in MODES}
    with ExitStack() as stack:
        engines = {
            mode: stack.enter_context(
                closing(open_engine(model, options=_options(model, kind, mode)))
            )
            for mode in MODES
        }
        for number in range(rounds):
            machine.say(f"memory: {kind}, speed, round {number + 1} of {rounds}")
            for mode in MODES if number % 2 == 0 else reversed(MODES):
                first = f"{number} {mode}"
                read[mode].append(prefill_rate(engines[mode], DEPTH, first))
                prompt = prompt_of(engines[mode], DEPTH, first)
                written[mode].append(decode_rate(engines[mode], prompt, WRITTEN))
    return [
        Row(f"{what}, {kind}, {mode}", rates[mode], "t/s", rates["none"] if mode == "auto" else ())
        for what, rates in (("reading", read), ("writing", written))
        for mode in MODES
    ]
