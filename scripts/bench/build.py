"""Building a quantized model from a Hugging Face folder: one pass against llama.cpp's two tools.

    python -m scripts.bench.build [--size 7b] [--growth 1b,3b] [--rounds 3] [--cache cold]

The source is made here (f16, parts of 5 GB) and removed at the end, as is everything else; the disk
must hold the source three times. All take turns: reading the source once, convert_hf_to_gguf.py
(where `scripts.pinned_converter` is ready; otherwise the f16 file comes from our own pass and the
columns stay empty), llama-quantize on its f16 file, and `llamachat build` on the source. Before
each run what was written is synced, and its inputs alone are put into the page cache (`warm`), or
nothing is (`cold`). Times are medians, memory and disk the most that was seen. Results are compared
to the last byte. Prints Markdown tables. Does not tune anything for the occasion.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from llamachat.hardware.cores import default_threads, read_cores
from scripts.bench import machine
from scripts.bench.build_source import SIZES, n_weights, write_source
from scripts.bench.observe import Cache, Run, observe, prepare, read_once
from scripts.llama_tools import tools_folder
from scripts.pinned_converter import PinnedConverter, open_converter

_HEADS = (
    "type", "read once", "llama-quantize", "convert + quantize", "ours", "ours / the slower of the "
    "first two", "ours / convert + quantize", "memory: convert", "quantize", "ours",
    "disk beyond: two tools", "ours", "same bytes",
)  # fmt: skip
_GROWTH_HEADS = (
    "weights", "type", "threads", "llama-quantize", "ours", "ratio", "ours, weights/s",
    "memory: quantize", "ours",
)  # fmt: skip


@dataclass(slots=True)
class Runs:
    """All runs of one program on one thing."""

    each: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return median(run.seconds for run in self.each)

    @property
    def memory(self) -> int:
        return max(run.memory for run in self.each)

    @property
    def extra_disk(self) -> int:
        return max(run.extra_disk for run in self.each)


class Contest:
    """One source, and the programs that turn it into a model."""

    def __init__(
        self, work: Path, size: str, cache: Cache, converter: PinnedConverter | None
    ) -> None:
        self._work, self._cache, self._converter = work, cache, converter
        self._quantize = str(tools_folder("llama-quantize") / "llama-quantize")
        self._program = str(Path(sys.executable).with_name("llamachat"))
        self._environ = {**os.environ, "LLAMACHAT_HOME": str(work / "home")}
        machine.say(f"writing the source ({n_weights(size) / 1e9:.1f} billion weights)")
        self.folder = work / size
        self.weights = write_source(self.folder, size)
        self.f16 = work / "f16" / "model.gguf"
        self.converting = Runs()

    def read(self) -> Run:
        prepare(self._cache, self.weights, self._files())
        return read_once(self.weights)

    def make_f16(self) -> None:
        """By the converter, or by ourselves where there is none; their bytes are the same."""
        command = self._ours(self.f16, "f16", 0)
        if self._converter is not None:
            command = self._converter.command(self.folder, self.f16, "f16")
        run = self._observe(command, self.f16, self.weights)
        if self._converter is not None:
            self.converting.each.append(run)

    def theirs(self, ftype: str, threads: int) -> Run:
        result = self.result("theirs")
        command = [self._quantize, str(self.f16), str(result), ftype, str(threads)]
        return self._observe(command, result, [self.f16])

    def ours(self, ftype: str, threads: int) -> Run:
        result = self.result("ours")
        return self._observe(self._ours(result, ftype, threads), result, self.weights)

    def result(self, whose: str) -> Path:
        return self._work / whose / "model.gguf"

    def same(self) -> bool:
        return filecmp.cmp(self.result("theirs"), self.result("ours"), shallow=False)

    def _ours(self, result: Path, ftype: str, threads: int) -> list[str]:
        name = result.parent.name  # all files are called model.gguf, and a name may be taken once
        options = ["--type", ftype, "--out", str(result), "--name", name, "--json"]
        options += ["--threads", str(threads)]
        return [self._program, "build", str(self.folder), *options]

    def _observe(self, command: Sequence[str], result: Path, inputs: Sequence[Path]) -> Run:
        if result.parent.exists():
            shutil.rmtree(result.parent)
        result.parent.mkdir()
        prepare(self._cache, inputs, self._files())
        return observe(command, result, self._environ)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._work.rglob("*") if path.is_file())


def compare(contest: Contest, types: Sequence[str], rounds: int) -> Iterator[list[str]]:
    """Let them take turns; the rows of the table."""
    threads = default_threads(read_cores())
    reading, same = Runs(), dict.fromkeys(types, True)
    theirs, ours = ({ftype: Runs() for ftype in types} for _ in range(2))
    for number in range(1, rounds + 1):
        machine.say(f"round {number} of {rounds}: reading, converting")
        reading.each.append(contest.read())
        contest.make_f16()
        for ftype in types:
            machine.say(f"round {number} of {rounds}: {ftype}")
            theirs[ftype].each.append(contest.theirs(ftype, threads))
            ours[ftype].each.append(contest.ours(ftype, threads))
            same[ftype] &= contest.same()
    for ftype in types:
        yield _row(contest, ftype, reading, theirs[ftype], ours[ftype], same[ftype])


def _row(
    contest: Contest, ftype: str, reading: Runs, theirs: Runs, ours: Runs, same: bool
) -> list[str]:
    converting = contest.converting
    both, ratio, memory = "", "", ""
    extra = contest.f16.stat().st_size + theirs.extra_disk
    if converting.each:
        seconds = converting.seconds + theirs.seconds
        both, ratio = f"{seconds:.1f} s", f"{ours.seconds / seconds:.2f}"
        memory = _megabytes(converting.memory)
    slower = max(reading.seconds, theirs.seconds)
    return [
        ftype, f"{reading.seconds:.1f} s", f"{theirs.seconds:.1f} s", both,
        f"{ours.seconds:.1f} s", f"{ours.seconds / slower:.2f}", ratio, memory,
        _megabytes(theirs.memory), _megabytes(ours.memory), _megabytes(extra),
        _megabytes(ours.extra_disk), "yes" if same else "NO",
    ]  # fmt: skip


def growth(contest: Contest, size: str, ftype: str, rounds: int) -> Iterator[list[str]]:
    """One size with one thread and with all of them."""
    contest.make_f16()
    for threads in sorted({1, default_threads(read_cores())}):
        theirs, ours = Runs(), Runs()
        for number in range(1, rounds + 1):
            machine.say(f"{size}, {threads} threads, round {number} of {rounds}")
            theirs.each.append(contest.theirs(ftype, threads))
            ours.each.append(contest.ours(ftype, threads))
        count = n_weights(size)
        yield [
            f"{count / 1e9:.2f}e9", ftype, str(threads), f"{theirs.seconds:.1f} s",
            f"{ours.seconds:.1f} s", f"{ours.seconds / theirs.seconds:.2f}",
            f"{count / ours.seconds / 1e6:.0f}e6", _megabytes(theirs.memory),
            _megabytes(ours.memory),
        ]  # fmt: skip


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for cells in (heads, ["---"] + ["---:"] * (len(heads) - 1), *rows):
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _converter(wanted: bool) -> PinnedConverter | None:
    try:
        return open_converter(make=False) if wanted else None
    except FileNotFoundError as error:
        machine.say(
            f"{error} No conversion is measured; python -m scripts.pinned_converter makes it."
        )
        return None


@contextmanager
def _contest(given: Any, size: str, converter: PinnedConverter | None) -> Iterator[Contest]:
    """On a scratch folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="bench-") as work:
        yield Contest(Path(work).absolute(), size, given.cache, converter)


def _arguments(argv: list[str] | None) -> Any:
    parser = argparse.ArgumentParser(prog="scripts.bench.build", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="7b")
    parser.add_argument("--types", default="q8_0,q4_0,q4_k_m")
    parser.add_argument("--growth", default="1b,3b", help="other sizes, or none: ''")
    parser.add_argument("--growth-type", default="q4_0")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache", choices=("warm", "cold"), default="warm")
    parser.add_argument("--folder", type=Path, default=Path(), help="where to write: the disk")
    parser.add_argument("--no-convert", action="store_true")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    given = _arguments(argv)
    others = [size for size in given.growth.split(",") if size]
    needed = 2 * 3.1 * max(n_weights(size) for size in (given.size, *others))
    if shutil.disk_usage(given.folder).free < needed:
        sys.exit(f"{given.folder.absolute()} needs {needed / 1e9:.0f} GB free.")
    converter = _converter(not given.no_convert)
    before = machine.load()
    grown: list[list[str]] = []
    for size in others:
        with _contest(given, size, converter) as contest:
            grown += growth(contest, size, given.growth_type, given.rounds)
    with _contest(given, given.size, converter) as contest:
        rows = list(compare(contest, given.types.split(","), given.rounds))
    print(f"{machine.describe()}.")
    print(f"{given.size} shape, f16 source, {given.cache} page cache, medians of {given.rounds};")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    print_table(_HEADS, rows)
    if grown:
        print_table(_GROWTH_HEADS, grown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
