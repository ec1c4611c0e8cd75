"""Writes a Llama with random weights as a GGUF: real shapes for speed and memory figures.

    scripts/make_random_llama.py --size 7b --type q4_0 --out models/7b-q4_0.gguf

Tensor types are those that llama-quantize gives, so the file is as large, and runs as fast, as a
real one. Checks the disk first and never replaces a file unasked.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from llamachat.errors import LlamaChatError, UsageError
from llamachat.gguf.generated import SHAPES, generated_size, write_generated_llama

_METADATA_BYTES = 2 << 20


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a Llama with random weights as a GGUF.")
    parser.add_argument("--size", choices=sorted(SHAPES), default="7b", help="default: 7b")
    parser.add_argument(
        "--type", default="q4_0", help="q4_0, q4_k_m, q8_0, f16, … as llama-quantize names them"
    )
    parser.add_argument("--pure", action="store_true", help="all matrices in the one type")
    parser.add_argument("--out", type=Path, help="default: SIZE-TYPE.gguf in this folder")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bytes (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace the file if there is one")
    return parser.parse_args(argv)


def check_target(path: Path, size: int, *, force: bool) -> None:
    """Refuse to replace a file unasked, and to begin what the disk can not hold."""
    if path.exists() and not force:
        raise UsageError(f"{path} exists.", "Choose another name with --out, or add --force.")
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if size + _METADATA_BYTES > free:
        raise LlamaChatError(
            f"{path} needs {size / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f} GB left.",
            "Free some space, or choose another disk with --out.",
        )


def progress_line(total: int) -> Callable[[int], None]:
    """Prints a percentage to stderr whenever it changes, on one line; silent without a terminal."""
    shown = -1

    def report(written: int) -> None:
        nonlocal shown
        percent = min(100 * written // total, 100)
        if percent != shown:
            shown = percent
            end = "\n" if percent == 100 else ""
            print(f"\r{percent:3d} % of {total / 1e9:.2f} GB", end=end, file=sys.stderr, flush=True)

    return report if sys.stderr.isatty() else lambda written: None


def make(arguments: argparse.Namespace) -> Path:
    """Write the model that the command line asks for; returns its path."""
    shape, ftype, pure = SHAPES[arguments.size], arguments.type, arguments.pure
    out: Path = arguments.out or Path(f"{arguments.size}-{ftype.lower()}.gguf")
    size = generated_size(shape, ftype, pure=pure)
    check_target(out, size, force=arguments.force)
    began = time.monotonic()
    written = write_generated_llama(
        out, shape, ftype, arguments.seed, pure=pure, progress=progress_line(size)
    )
    seconds = time.monotonic() - began
    print(f"{written:,} bytes in {seconds:.0f} s", file=sys.stderr)
    return out


def main(argv: list[str] | None = None) -> int:
    """Print the path of the file; errors in one sentence and an exit code."""
    try:
        print(make(parse_arguments(argv)))
    except LlamaChatError as error:
        print(f"{error.message}\n{error.hint}".strip(), file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("\ninterrupted; nothing was written", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
