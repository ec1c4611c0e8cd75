#!/usr/bin/env python3
"""Verifies folders of original weights, as Meta or Hugging Face publish them, and GGUF files.

    scripts/verify-checksum-models.py FOLDER|FILE …

Meta's folders are held against checklist.chk and tokenizer_checklist.chk, others against SHA256SUMS
and what the hub's own tools keep; without any of them files are recognised, or their structure is
looked at. Prints a line for each file; ends with 1 where one is wrong or missing. A thin front of
the package, whose own command is `llamachat models verify`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from llamachat.errors import LlamaChatError
from llamachat.models.expected import Expectations
from llamachat.models.verify import Verdict, verify_file, verify_folder
from llamachat.sanitize import one_line

WORDS = {"right": "OK", "wrong": "FAILED", "missing": "MISSING", "unknown": "UNKNOWN"}


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Verify the checksums of original weights.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER|FILE")
    return parser.parse_args(argv)


def verdicts(paths: list[Path]) -> Iterator[Verdict]:
    """One for each file; the library, which may not be installed, is not asked."""
    expectations = Expectations(remembered=False)
    for path in paths:
        if path.is_dir():
            yield from verify_folder(path, expectations)
        else:
            yield verify_file(path, expectations)


def lines(verdict: Verdict) -> Iterator[str]:
    """What is printed of one file."""
    said_by = f" ({', '.join(verdict.said_by)})" if verdict.said_by else ""
    yield f"{verdict.path}: {WORDS[verdict.state]}{said_by}"
    if verdict.note:
        yield f"  It {verdict.note}."
    if verdict.mismatch is not None:
        yield f"  {verdict.mismatch.algorithm} expected {verdict.mismatch.expected}"
        yield f"  {verdict.mismatch.algorithm} found    {verdict.mismatch.got}"
    elif verdict.state == "unknown":
        yield f"  SHA-256 {verdict.digest}"
    if verdict.remedy:
        yield f"  {verdict.remedy}"


def main(argv: list[str] | None = None) -> int:
    """Print the verdicts; 1 where one is bad or a file cannot be read, 130 after Ctrl+C."""
    bad = False
    try:
        for verdict in verdicts(parse_arguments(argv).paths):
            print(*map(one_line, lines(verdict)), sep="\n", flush=True)
            bad = bad or verdict.is_bad
    except LlamaChatError as error:
        print(f"{error.message}\n{error.hint}".strip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
