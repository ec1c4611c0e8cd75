"""The short way for a plain line leads where the parser of Markdown leads."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from llamachat.tui.widgets.message_blocks import Blocks, parser
from llamachat.tui.widgets.message_markdown import Section, sections

WORDS = st.sampled_from(
    ["Hello", "www.example.com", "http://a.b", "a_b", "1.", "-", "–", "(c)", "...", "é中", "'tis"]
)
LINES = st.one_of(
    st.text("aZé中09 ,;.:!?'’()–—-", max_size=12),
    st.lists(WORDS, max_size=6).map(" ".join),
)


def parsed(source: str) -> list[Section]:
    blocks = Blocks(source.split("\n"), None)
    for token in parser().parse(source):
        blocks.take(token)
    return blocks.sections()


@given(LINES)
def test_plain_line_is_what_the_parser_makes_of_it(source: str) -> None:
    assert sections(source) == parsed(source)


def test_greeting_needs_no_parser() -> None:
    code = (
        "import sys; from llamachat.tui.widgets.message_markdown import sections;"
        "assert sections('Please tell me the largest city in Europe.');"
        "sys.exit('markdown_it' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
