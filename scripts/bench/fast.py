"""How long a person waits: the benches of what makes the chat feel immediate, each a part.

    python -m scripts.bench.fast PART … -m 7b-q4_0.gguf [--rounds N] [--plots docs/images/bench]

Every figure is taken in turns with llama.cpp's own programs, built from the same source with the
same flags (`scripts/llama_tools.py`), or with ourselves without the feature. Prints a Markdown
table for each part; with --plots writes its chart as well. Parts are independent, and take at most
eight minutes each with a 7B model on two cores. Ends with 1 where a target was missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from llamachat.bundled import BOB
from scripts.bench import decode, draft, keystroke, load, machine, resume, stop, turns
from scripts.bench.figures import Report, Row, Target, bar, table
from scripts.bench.plot import bars


@dataclass(frozen=True, slots=True)
class Part:
    """One bench; `rounds` suit a 7B model."""

    summary: str
    measure: Callable[[Path, int], Report]
    rounds: int


def keys(model: Path, rounds: int) -> Report:
    """`rounds` keys."""
    rows = [
        Row(name, delays, "ms", target=Target(keystroke.LIMIT, "95 %"))
        for name, delays in keystroke.measure(model, rounds).items()
    ]
    title = "Keystroke → echo"
    about = f"{rounds} keys each, in the full-screen chat, typed at the pace of a quick typist."
    plot = bars(title, [bar(row) for row in rows], unit="ms")
    return Report(title, about, rows, {"keys": plot})


PARTS = {
    "draft": Part("Enter to first token of a message typed, or pasted", draft.measure, 4),
    "resume": Part("a chat of 2,000 tokens opened again", resume.measure, 3),
    "decode-512": Part("writing after 512 tokens", partial(decode.measure, depth=512), 16),
    "decode-2048": Part("writing after 2,048 tokens", partial(decode.measure, depth=2048), 12),
    "stop": Part("stops while a prompt is read, and messages amid a draft", stop.measure, 20),
    "turns": Part("the cost of a turn in a long dialog", turns.measure, 16),
    "load": Part("from process start to the first token", load.load_times, 5),
    "memory": Part("memory with a full context, by load mode", load.memory, 4),
    "keys": Part("keystroke to echo", keys, 100),
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts.bench.fast",
        description=__doc__,
        epilog="\n".join(f"  {name:12} {part.summary}" for name, part in PARTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="all unless named")
    parser.add_argument("-m", "--model", type=Path, default=BOB)
    parser.add_argument("--rounds", type=int, help="instead of the part's own number")
    parser.add_argument("--plots", type=Path, help="folder for the charts")
    given = parser.parse_args(argv)
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    met = True
    for name in given.parts or PARTS:
        part = PARTS[name]
        before, began = machine.load(), time.monotonic()
        report = part.measure(given.model, given.rounds or part.rounds)
        show(report, given.model, before, time.monotonic() - began)
        if given.plots:
            write_plots(report, given.plots)
        met = met and all(row.met for row in report.rows)
    return 0 if met else 1


def show(report: Report, model: Path, before: float, seconds: float) -> None:
    print(f"### {report.title}\n\n{report.about}\n")
    print("\n".join(table(report.rows, model.name)))
    print(
        f"\n{machine.describe()}; load average {before:.2f} before, {machine.load():.2f} after; "
        f"it took {seconds:.0f} s.\n",
        flush=True,
    )


def write_plots(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in report.plots.items():
        (folder / f"{name}.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
