"""What docs/bob.md counts is what there is."""

from __future__ import annotations

import re
from collections import Counter

from llamachat.bundled import BOB
from llamachat.gguf.reader import read_header
from scripts.bob import facts
from tests.unit.pages.pages import PAGES, table

PAGE = next(page for page in PAGES if page.name == "docs/bob.md")
TEXT = " ".join(PAGE.text.split())


def test_its_file_is_the_one_that_is_told() -> None:
    told = {row[0]: row[1] for row in table(PAGE, "| | |")}
    header = read_header(BOB)
    assert told["parameters"] == f"{header.n_params:,}"
    assert f"{BOB.stat().st_size:,} bytes" in told["file"]
    assert f"({BOB.stat().st_size / 1e6:.1f} MB)" in TEXT


def test_its_tables_have_as_many_entries_as_are_told() -> None:
    known = facts.load()
    kinds = Counter(fact.kind for fact in known.named)
    for count, what in (
        (kinds["flag"], "flags"),
        (kinds["command"], "slash commands"),
        (kinds["key"], "keys"),
        (kinds["shell"], "sub-commands and flags of theirs"),
        (kinds["place"], "folders, files, settings and variables"),
        (kinds["missing"], "things that llamachat does not have"),
        (kinds["word"], "words of the field"),
        (len(known.troubles), "troubles"),
        (len(known.situations), "situations"),
        (len(known.countries), "countries"),
        (len(known.tables), "tables of common facts"),
        (sum(len(one.rows) for one in known.tables), "pairs"),
    ):
        assert f"{count} {what}" in TEXT


def test_its_results_add_up() -> None:
    parts: list[tuple[str, int, int]] = []
    for name, counted, share in table(PAGE, "| questions | right | |"):
        right, asked = map(int, re.findall(r"\d+", counted))
        assert f"{100 * right / asked:.1f}".replace("100.0", "100") in share, name
        if name.startswith("**"):
            about_help = [part for part in parts if part[0].startswith("help:")]
            assert (right, asked) == total(about_help)
        else:
            parts.append((name, right, asked))
    right, asked = total(parts)
    assert f"of all {asked} as they are asked now" in TEXT
    assert f"this one {right}" in TEXT


def total(parts: list[tuple[str, int, int]]) -> tuple[int, int]:
    return sum(right for _, right, _ in parts), sum(asked for _, _, asked in parts)
