"""Nothing that a model wrote is markup."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.compare.escape import fenced, markdown, markup
from llamachat.sanitize import for_terminal


@given(st.text())
def test_any_text_survives_as_text_of_an_element(text: str) -> None:
    found = ElementTree.fromstring(f"<p>{markup(text)}</p>").text or ""
    expected = re.sub("[\ufffe\uffff]", "\ufffd", for_terminal(text))
    assert found == expected


@given(st.text())
def test_any_text_survives_as_an_attribute(text: str) -> None:
    found = ElementTree.fromstring(f'<p a="{markup(text)}"/>').attrib["a"]
    assert found.split() == re.sub("[\ufffe\uffff]", "\ufffd", for_terminal(text)).split()


def test_markdown_is_shown_as_it_is_typed() -> None:
    assert markdown("a|b *c* <d> [e](f)\n# g") == r"a\|b \*c\* \<d\> \[e\](f) \# g"


@given(st.text(alphabet="`ab\n", max_size=30))
def test_no_backticks_end_a_block_early(text: str) -> None:
    first, *inside, last = fenced(text).split("\n")
    assert first == last + "text"
    assert "\n".join(inside) == text
    assert not any(line.startswith(last) for line in inside)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("llama-2-7b-Q4.gguf", "llama-2-7b-Q4.gguf"),
        ("46.4943", "46.4943"),
        ("https://evil.example", r"https\://evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("me@evil.example", r"me\@evil.example"),
        ("0.33 s", "0.33 s"),
        ("1. one", r"1\. one"),
        ("- one", r"\- one"),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, shown: str) -> None:
    assert markdown(text) == shown
