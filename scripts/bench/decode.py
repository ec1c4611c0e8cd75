"""Tokens per second after a long context, against llama-bench with its defaults.

llama-bench of the same build runs with `-fa auto`, an f16 KV cache and the app's threads. Ours are
two workers, with flash attention and without. All stay loaded with the context read and write a few
seconds at a time, in turn; who comes first goes round. A part of `scripts.bench.fast`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, FlashAttention
from llamachat.hardware.cores import default_threads, read_cores
from scripts.bench import machine
from scripts.bench.figures import Report, Row, Target, bar
from scripts.bench.llama_bench import LlamaBench
from scripts.bench.plot import bars
from scripts.bench.rates import decode_rate, prompt_of
from scripts.llama_tools import tools_folder

TOKENS = 32
SETTINGS: tuple[FlashAttention, ...] = ("on", "off")
TARGET = Target(1.1, at_least=True)
THEIRS = "llama-bench"
Figures = dict[str, list[float]]


def measure(model: Path, rounds: int, *, depth: int) -> Report:
    figures = _figures(model, depth, rounds)
    theirs = figures.pop(THEIRS)
    best = max(figures, key=lambda name: median(figures[name]))
    rows = [Row(THEIRS, theirs, "t/s", colour=1)]
    rows += [
        Row(name, rates, "t/s", theirs, TARGET if name == best else None)
        for name, rates in figures.items()
    ]
    title = f"Writing after {depth:,} tokens"
    about = (
        f"{TOKENS} tokens in each of {rounds} rounds; llama-bench with -fa auto, f16 KV and the "
        "same threads. The target holds for the better setting."
    )
    plot = bars(title, [bar(row) for row in rows], unit="t/s", legend=("llamachat", "llama-bench"))
    return Report(title, about, rows, {f"decode-{depth}": plot})


def _figures(model: Path, depth: int, rounds: int) -> Figures:
    """Tokens per second by who wrote them."""
    figures: Figures = {}
    program = tools_folder("llama-bench") / "llama-bench"
    with ExitStack() as stack:
        turns: list[tuple[str, Callable[[], float]]] = []
        for setting in SETTINGS:
            options = EngineOptions(
                model, n_ctx=depth + 256, flash_attention=setting, spec_type="none"
            )
            engine = open_engine(model, options=options)
            stack.callback(engine.close)
            prompt = prompt_of(engine, depth, "deep")
            machine.say(f"decode: reading {depth:,} tokens, flash attention {setting}")
            list(engine.prefill(prompt))
            turns.append(
                (f"flash attention {setting}", partial(decode_rate, engine, prompt, TOKENS))
            )
        bench = LlamaBench(
            program, model, default_threads(read_cores()), n_prompt=0, n_gen=TOKENS, depth=depth,
            turns=rounds,
        )  # fmt: skip
        turns.insert(0, (THEIRS, stack.enter_context(bench).turn))
        for number in range(rounds):
            machine.say(f"decode: {depth:,} tokens, round {number + 1} of {rounds}")
            first = number % len(turns)
            for name, rate in (*turns[first:], *turns[:first]):
                figures.setdefault(name, []).append(rate())
    return figures
