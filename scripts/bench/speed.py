"""Speed of the engine against llama.cpp's own tools: one run, taking turns, the app's own settings.

    python -m scripts.bench.speed --model 7b-q4_0.gguf [--loads 4] [--rounds 2] [--one-shots 5]

Rows are prefill of 256 and 512 tokens and decode of 64 tokens at depth 0 and 512 (llama-bench's
pp256, pp512, tg64, tg64 @ d512), in this process and through the worker, one repetition of each in
turn; then whole one-shot commands against llama-completion, with load time and peak memory. Prints
a Markdown table with the ratio of each to llama.cpp's figure of the same round: the median, and
between which values the middle half of the rounds lies. The tools come from
`scripts/llama_tools.py`, built from the same source with the same flags. It does not tune anything
for the occasion.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles

from scripts.bench import machine, one_shot
from scripts.bench.rates import INSIDE, LLAMA, ROWS, WORKER, Figures, Row, measure
from scripts.llama_tools import tools_folder


def rate_table(rows: dict[Row, Figures]) -> list[str]:
    """Tokens per second, medians; and the ratios of the rounds, their median and middle half."""
    lines = [
        "| t/s | llama-bench | in process | ratio | through the worker | ratio |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row, figures in rows.items():
        cells = [f"{median(figures[LLAMA]):.2f}"]
        for name in (INSIDE, WORKER):
            cells += [f"{median(figures[name]):.2f}", _ratio(figures[name], figures[LLAMA])]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return lines


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    if len(ratios) < 4:
        return f"{median(ratios):.3f}"
    low, middle, high = quantiles(ratios, n=4)
    return f"{middle:.3f} ({low:.3f}–{high:.3f})"


def command_table(results: Mapping[str, one_shot.Compared]) -> list[str]:
    lines = [
        "| one-shot command | llama-completion | llamachat | ratio | difference |",
        "|---|---:|---:|---:|---:|",
    ]
    for label, both in results.items():
        lines.append(
            f"| {label} | {median(both.theirs):.2f} {both.unit} "
            f"| {median(both.ours):.2f} {both.unit} | {both.ratio:.3f} "
            f"| {both.difference:+.2f} {both.unit} |"
        )
    return lines


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.speed", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--loads", type=int, default=4, help="how often all are loaded anew")
    parser.add_argument("--rounds", type=int, default=2, help="of each load")
    parser.add_argument("--one-shots", type=int, default=5, help="rounds of whole commands")
    parser.add_argument(
        "--row", action="append", choices=[str(row) for row in ROWS], help="only these (repeatable)"
    )
    parser.add_argument("-n", "--n-predict", type=int, default=32, help="tokens of the one-shot")
    arguments = parser.parse_args(argv)
    tools = tools_folder("llama-bench", "llama-completion")

    before = machine.load()
    wanted = [row for row in ROWS if str(row) in (arguments.row or map(str, ROWS))]
    rows = measure(
        arguments.model, tools / "llama-bench", wanted, arguments.rounds, arguments.loads
    )
    times = f"{arguments.loads} loads of {arguments.rounds} rounds, medians;"
    print(f"{machine.describe()}; {arguments.model.name}; {times}")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    print("\n".join(rate_table(rows)), flush=True)
    if arguments.one_shots:
        results = one_shot.compare(
            arguments.model,
            tools / "llama-completion",
            arguments.n_predict,
            arguments.one_shots,
        )
        print("\n" + "\n".join(command_table(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
