"""Speed of the engine against llama.cpp's own tools: one run, taking turns, the app's own settings.

    python -m scripts.bench.speed --model 7b-q4_0.gguf [--rounds 3]

Rows are prefill of 256 and 512 tokens and decode of 64 tokens at depth 0 and 512 (llama-bench's
pp256, pp512, tg64, tg64 @ d512), in this process and through the worker; then whole one-shot
commands against llama-completion, with load time and peak memory. Prints a Markdown table with the
ratio of each to llama.cpp's figure. The tools come from `scripts/llama_tools.py`, built from the
same source with the same flags. It does not tune anything for the occasion.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from scripts.bench import machine, one_shot, rates
from scripts.llama_tools import tools_folder

Rows = dict[str, dict[str, list[float]]]
"""figures by row ("pp256") and by who was measured"""

LLAMA, INSIDE, WORKER = "llama.cpp", "in process", "worker"


def measure(model: Path, tools: Path, rounds: int) -> Rows:
    """Let the three take turns; every figure of every round is kept."""
    rows: Rows = {}
    subjects: dict[str, Callable[[], dict[str, float]]] = {
        LLAMA: lambda: rates.of_llama_bench(tools / "llama-bench", model),
        INSIDE: lambda: rates.of_engine(model, isolated=False),
        WORKER: lambda: rates.of_engine(model, isolated=True),
    }
    for number in range(1, rounds + 1):
        for name, subject in subjects.items():
            machine.say(f"round {number} of {rounds}: {name}")
            for row, value in subject().items():
                rows.setdefault(row, {}).setdefault(name, []).append(value)
    return rows


def rate_table(rows: Rows) -> list[str]:
    """Tokens per second and the ratio to llama-bench, medians over the rounds."""
    lines = [
        "| t/s | llama-bench | in process | ratio | through the worker | ratio |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row, figures in rows.items():
        base, inside, worker = (median(figures[name]) for name in (LLAMA, INSIDE, WORKER))
        lines.append(
            f"| {row} | {base:.2f} | {inside:.2f} | {inside / base:.3f} "
            f"| {worker:.2f} | {worker / base:.3f} |"
        )
    return lines


def command_table(results: one_shot.Results) -> list[str]:
    lines = [
        "| one-shot command | llama-completion | llamachat | ratio | difference |",
        "|---|---:|---:|---:|---:|",
    ]
    for label, (theirs, ours, unit) in results.items():
        lines.append(
            f"| {label} | {theirs:.2f} {unit} | {ours:.2f} {unit} | {ours / theirs:.3f} "
            f"| {ours - theirs:+.2f} {unit} |"
        )
    return lines


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.speed", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-n", "--n-predict", type=int, default=32, help="tokens of the one-shot")
    arguments = parser.parse_args(argv)
    tools = tools_folder("llama-bench", "llama-completion")

    before = machine.load()
    rows = measure(arguments.model, tools, arguments.rounds)
    results = one_shot.compare(
        arguments.model, tools / "llama-completion", arguments.n_predict, arguments.rounds
    )
    print(f"{machine.describe()}; {arguments.model.name}; {arguments.rounds} rounds, medians;")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    print("\n".join([*rate_table(rows), "", *command_table(results)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
