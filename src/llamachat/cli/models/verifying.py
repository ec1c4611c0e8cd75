"""`llamachat models verify`: checksums of models, files and folders of original weights.

A line for each file on standard output, and under a wrong one what it is instead and what to do.
Ends with 4 where a file is wrong or missing. Knows verdicts; `models.verify` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from llamachat.bundled import bundled_model
from llamachat.cli.arguments import Parser
from llamachat.cli.failure import report, say
from llamachat.cli.models.hashing import HashLine, hash_line
from llamachat.cli.models.naming import chosen_files
from llamachat.cli.page import Page, open_page
from llamachat.errors import ExitCode, UsageError
from llamachat.models.chain import Hashed, Link
from llamachat.models.checksum import algorithm_of
from llamachat.models.library import is_source
from llamachat.models.manifest import manifests
from llamachat.models.verify import State, Verdict, verify_file, verify_folder
from llamachat.sanitize import one_line

WORDS: dict[State, tuple[str, str]] = {
    "right": ("ok", "user"),
    "wrong": ("WRONG", "found"),
    "missing": ("MISSING", "found"),
    "unknown": ("unknown", "dim"),
}
"""the first word of a line, and its style"""
_LINK_WORDS: dict[str, str] = {
    "changed": "was changed since",
    "gone": "is gone",
    "unreadable": "cannot be read",
}
_INDENT = " " * 9


def parser() -> Parser:
    made = Parser(
        "llamachat models verify",
        description="Hold files against their checksums: those the library remembers, SHA256SUMS,\n"
        "Meta's checklist.chk, and what the hub's own tools keep.",
    )
    made.add_argument(
        "what", nargs="*", metavar="NAME|PATH|FOLDER",
        help="a model of the library, a file, or a folder of weights",
    )  # fmt: skip
    made.add_argument("--all", action="store_true", help="every model of the library, and Bob")
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    if bool(given.what) == given.all:
        raise UsageError(
            "Say what to verify: names, files and folders, or --all.",
            "For example: llamachat models verify --all",
        )
    page = open_page()
    files = [part for text in given.what for part in chosen_files(text)]
    if given.all:
        remembered = manifests(on_damage=report)
        files += [manifest.path for manifest in remembered if not is_source(manifest)]
        files += filter(None, (bundled_model(),))
    verdicts: list[Verdict] = []
    with hash_line("Verifying") as line:
        for verdict in _verdicts(files, line):
            verdicts.append(verdict)
            if not given.json:
                _print(page, verdict)
    if given.json:
        page.json([as_json(verdict) for verdict in verdicts])
    elif not verdicts:
        say("The library holds no model yet.")
    return ExitCode.DOWNLOAD if any(verdict.is_bad for verdict in verdicts) else ExitCode.OK


def as_json(verdict: Verdict) -> dict[str, Any]:
    """One file for scripts."""
    wrong = verdict.mismatch
    return {
        "path": str(verdict.path),
        "state": verdict.state,
        "algorithm": algorithm_of(verdict.digest) if verdict.digest else None,
        "digest": verdict.digest or None,
        "expected": wrong.expected if wrong else None,
        "said_by": list(verdict.said_by),
        "note": verdict.note,
        "remedy": verdict.remedy,
        "inputs": [
            {"path": str(link.path), "sha256": link.sha256, "state": link.state}
            for link in verdict.links
        ],
    }


def _verdicts(files: Sequence[Path], line: HashLine) -> Iterator[Verdict]:
    """What several models were made of is read once."""
    hashed: Hashed = {}
    for path in files:
        if path.is_dir():
            yield from verify_folder(path, on_file=line, hashed=hashed)
        else:
            yield verify_file(path, on_file=line, hashed=hashed)


def _print(page: Page, verdict: Verdict) -> None:
    """Nothing is cut to the width of the terminal: a checksum is whole or useless."""
    word, style = WORDS[verdict.state]
    said_by = f"  by {_and(verdict.said_by)}" if verdict.state == "right" else ""
    page.words(
        (f"{word:<9}", style), (one_line(str(verdict.path)), "strong"), (one_line(said_by), "dim")
    )
    if verdict.note:
        page.words((f"{_INDENT}It {one_line(verdict.note)}.", ""))
    if verdict.mismatch is not None:
        wrong = verdict.mismatch
        named, said_by = f"{_INDENT}{wrong.algorithm}", one_line(_and(verdict.said_by))
        page.words((f"{named} expected  {wrong.expected}  by {said_by}", "dim"))
        page.words((f"{named} found     {wrong.got}", "dim"))
    elif verdict.digest and verdict.state in ("unknown", "wrong"):
        page.words((f"{_INDENT}SHA-256  {verdict.digest}", "dim"))
    if verdict.remedy:
        page.words((f"{_INDENT}{one_line(verdict.remedy)}", ""))
    _print_links(page, verdict.links)


def _print_links(page: Page, links: Sequence[Link]) -> None:
    """What a built model was made of; only what is no longer so has a line of its own."""
    if not links:
        return
    odd = [link for link in links if link.state != "same"]
    count = f"{len(links)} file{'' if len(links) == 1 else 's'}"
    rest = "all are as they were" if not odd else f"{len(links) - len(odd)} are as they were"
    page.words((f"{_INDENT}Built from {count}; {rest}.", "dim"))
    for link in odd:
        page.words((f"{_INDENT}{one_line(str(link.path))} {_LINK_WORDS[link.state]}.", ""))


def _and(names: Sequence[str]) -> str:
    """a, b and c"""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
