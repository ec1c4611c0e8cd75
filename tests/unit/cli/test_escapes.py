"""Escape sequences in flags mean what they mean to llama.cpp."""

import pytest

from llamachat.cli.escapes import unescape


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (r"a\nb", "a\nb"),
        (r"\t\r\'\"\\", "\t\r'\"\\"),
        (r"\\n", r"\n"),
        (r"\xe2\x82\xac", "€"),
        (r"\xff", "\udcff"),
        (r"\x4", r"\x4"),
        (r"\q", r"\q"),
        ("\\", "\\"),
        ("grüß", "grüß"),
    ],
)
def test_escape_is_replaced(typed: str, meant: str) -> None:
    assert unescape(typed) == meant
