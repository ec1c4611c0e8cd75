"""Keystroke to echo in the full-screen chat: idle, and while the model writes Markdown with code.

    python -m scripts.bench.keystroke [--model 7b-q4_0.gguf] [--keys 150]

Types into the composer at the pace of a quick typist and waits in the pseudo-terminal for each
character. Every key is another letter that the model can not write, so that nothing else is taken
for its echo. A model that ends its answer is asked again, and keys typed after an end are not
counted. Prints median, 95th percentile and worst in milliseconds, and the limit.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles

from llamachat.bundled import BOB
from scripts.bench import machine
from scripts.bench.app_in_pty import App

LIMIT = 30.0
"""milliseconds, at the 95th percentile"""
LETTERS = [chr(code) for code in (*range(0x100, 0x180), *range(0x3B1, 0x3CA), *range(0x410, 0x450))]
PAUSE = (0.08, 0.2)
"""seconds between two keys"""
GRAMMAR = Path(__file__).with_name("markdown.gbnf")
QUESTION = "Write about Python.\r"
CLEAR = "\x03"
ERASE = "\x7f"
BURST = 5
"""keys in a row"""
STALL = 0.6
"""seconds without a byte after which an answer has ended"""
ATTEMPTS = 60
"""answers at most"""
BEGUN = 10_000
"""bytes written to the terminal by an answer that is under way"""


def delays(app: App, letters: Iterable[str]) -> list[float]:
    """Milliseconds from each key to its echo."""
    figures = []
    for letter in letters:
        app.read_for(random.uniform(*PAUSE))
        start = len(app.output)
        typed = time.perf_counter()
        app.type(letter)
        figures.append((app.wait_for_bytes(letter.encode(), start=start) - typed) * 1000)
    return figures


def delays_while_writing(app: App, keys: int) -> list[float]:
    """The same in bursts; the answer is still being written after each that counts."""
    letters = cycle(LETTERS)
    figures: list[float] = []
    for _ in range(ATTEMPTS):
        ask(app)
        while len(figures) < keys:
            burst = delays(app, islice(letters, BURST))
            before = len(app.output)
            app.read_for(STALL)
            if len(app.output) == before:
                break
            figures += burst
            app.type(ERASE * BURST)
        else:
            return figures
    sys.exit(f"The model wrote during only {len(figures)} of {keys} keys.")


def ask(app: App) -> None:
    """Put the question, and wait until the answer is under way."""
    app.type(CLEAR)
    app.type(QUESTION)
    start = len(app.output)
    app.wait(lambda: len(app.output) > start + BEGUN, "an answer")


def measure(model: Path, keys: int) -> dict[str, list[float]]:
    """Idle first; then while answers are written."""
    flags = ["-m", str(model), "--no-save", "--temp", "0", "-c", "2048"]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "LLAMACHAT_HOME": home}
        with App([*flags, "--grammar-file", str(GRAMMAR)], environment) as app:
            app.wait_for("Idle")
            idle = delays(app, LETTERS[:keys])
            writing = delays_while_writing(app, keys)
            app.quit()
    return {"idle": idle, "while the model writes": writing}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.keystroke", description=__doc__)
    parser.add_argument("--model", type=Path, default=BOB)
    parser.add_argument("--keys", type=int, default=150, help=f"at most {len(LETTERS)}")
    arguments = parser.parse_args(argv)
    before = machine.load()
    rows = measure(arguments.model, arguments.keys)
    print(f"{machine.describe()}; {arguments.model.name}; {arguments.keys} keys each;")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    print(
        "| keystroke to echo | median | 95 % | worst | limit at 95 % |\n|---|---:|---:|---:|---:|"
    )
    late = False
    for name, figures in rows.items():
        most = quantiles(figures, n=20)[-1]
        late = late or most > LIMIT
        print(
            f"| {name} | {median(figures):.1f} ms | {most:.1f} ms | {max(figures):.1f} ms "
            f"| {LIMIT:.0f} ms |"
        )
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
