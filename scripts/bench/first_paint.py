"""Time from exec of `llamachat` to the first complete paint of the chat, the model loading behind.

    python -m scripts.bench.first_paint [--model 7b-q4_0.gguf] [--runs 10]

The paint is complete when title, greeting, panel, composer and footer have been written to the
pseudo-terminal. Prints median and worst of wall and processor time (the latter is the app's own and
hardly depends on what else runs), the limit that the paint should keep, and what importing costs
by layer. The first run, which may have to survey the processor, is thrown away.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from llamachat.bundled import BOB
from scripts.bench import machine
from scripts.bench.app_in_pty import App

LIMIT = 0.5
"""seconds"""
SIGNS = ("New chat", "Loading", "Message ", "Help")
MODULES = "llamachat.cli.main, llamachat.cli.start, llamachat.cli.full_screen, llamachat.tui.app"
OURS = "llamachat"


def first_paint(model: Path, environment: Mapping[str, str]) -> tuple[float, float]:
    """(wall, processor) seconds to the paint; leaves the app."""
    with App(["-m", str(model), "--no-save"], environment) as app:
        painted = app.wait_for(*SIGNS)
        cpu = app.cpu()
        app.quit()
    return painted - app.started, cpu


def import_times(environment: Mapping[str, str]) -> Counter[str]:
    """Milliseconds spent in modules of each layer: rooms of llamachat, packages, the rest."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {MODULES}"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    layers: Counter[str] = Counter()
    for line in done.stderr.splitlines()[1:]:
        own, _, name = line.removeprefix("import time:").split("|")
        layers[_layer(name.strip())] += int(own) / 1000  # type: ignore[assignment]
    return layers


def _layer(module: str) -> str:
    top, *rest = module.split(".")
    if top == OURS:
        return ".".join([top, *rest[:1]])
    if top in sys.stdlib_module_names or top.startswith("_"):
        return "standard library"
    return top


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.first_paint", description=__doc__)
    parser.add_argument("--model", type=Path, default=BOB)
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args(argv)
    before = machine.load()
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "LLAMACHAT_HOME": home}
        runs = [first_paint(arguments.model, environment) for _ in range(arguments.runs + 1)][1:]
        imports = [import_times(environment) for _ in range(3)]
    print(f"{machine.describe()}; {arguments.model.name}; {arguments.runs} runs;")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    print("| first paint | median | worst | limit |\n|---|---:|---:|---:|")
    for name, at, limit in (("wall", 0, f"{LIMIT:.2f} s"), ("processor", 1, "")):
        figures = [run[at] for run in runs]
        print(f"| {name} | {median(figures):.2f} s | {max(figures):.2f} s | {limit} |")
    print("\n| imports | least of three |\n|---|---:|")
    for layer in sorted(imports[0], key=lambda name: -min(run[name] for run in imports)):
        print(f"| {layer} | {min(run[layer] for run in imports):.0f} ms |")
    return 0 if median(run[0] for run in runs) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
