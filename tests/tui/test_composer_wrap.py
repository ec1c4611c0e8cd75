"""Rows that are kept are the rows that wrapping afresh would give."""

import random

import pytest
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument

from llamachat.tui.widgets.composer_wrap import LONG, DraftWrapping

WORDS = ("a", "bcd ", "    ", "efghijk ", "中", "文字 ", "x" * 37, "y" * 9 + " ", "z-" * 30)


def _rows(wrapped: WrappedDocument) -> tuple[object, ...]:
    return wrapped._wrap_offsets, wrapped._offset_to_line_info, wrapped._line_index_to_offsets


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]
)
def test_edits_keep_what_wrapping_afresh_would_give(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices(WORDS, k=300))
    document = Document(f"above\n{text}\nbelow\n{text[:LONG]}")
    width = chance.choice((10, 19, 33))
    wrapped = DraftWrapping(document, width)
    for _step in range(300):
        row = chance.choice((1, 1, 1, 3))
        start = chance.randrange(len(document[row]))
        end = min(len(document[row]), start + chance.choice((0, 0, 1, 5, 60)))
        insert = chance.choice(("", "q", " ", "中", *WORDS))
        result = document.replace_range((row, start), (row, end), insert)
        wrapped.wrap_range((row, start), (row, end), result.end_location)
        assert _rows(wrapped) == _rows(WrappedDocument(document, width))
        assert wrapped.get_sections(row) == WrappedDocument(document, width).get_sections(row)


@pytest.mark.parametrize("line", ["", "short", "中" * 900])
def test_a_line_is_cut_into_its_rows(line: str) -> None:
    document = Document(line)
    ours, textuals = DraftWrapping(document, 7), WrappedDocument(document, 7)
    assert ours.lines == textuals.lines
    assert ours.get_sections(0) == textuals.get_sections(0)
