"""Columns are counted as a terminal counts them."""

from __future__ import annotations

import pytest

from llamachat.cli.cells import fitted, padded, width


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("你好", 4),
        ("한국", 4),
        ("ｱ", 1),
        ("🙂", 2),
        ("e\u0301", 1),
        ("ก\u0e34", 1),
        ("a\u200bb", 2),
        ("\u1112\u1161\u11ab", 2),
        ("soft\u00adhyphen", 11),
    ],
)
def test_width_is_that_of_a_terminal(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("ab cdef", 4, "ab…"),
        ("你好世界", 8, "你好世界"),
        ("你好世界", 7, "你好世…"),
        ("你好世界", 6, "你好…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_text_is_cut_between_characters(text: str, columns: int, shown: str) -> None:
    assert fitted(text, columns) == shown


def test_padding_fills_exactly() -> None:
    assert padded("你", 4) == "你  "
    assert padded("7", 3, right=True) == "  7"
    assert width(padded("你好世界", 4)) == 4
