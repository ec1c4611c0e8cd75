"""Nothing a terminal would obey survives."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from llamachat.sanitize import for_terminal, one_line

OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202d\u202e]")
NASTY = st.text(
    st.sampled_from("\x1b[]0;m\x07\x9b\x90\r\n\t\x08\x7fa\U0001f600\udc80")
    | st.characters(exclude_categories=[])
)


@given(NASTY)
def test_no_control_character_survives(text: str) -> None:
    assert not OBEYED.search(for_terminal(text))


@given(NASTY, st.integers(min_value=0))
def test_split_does_not_matter(text: str, where: int) -> None:
    cut = where % (len(text) + 1)
    assert for_terminal(text[:cut]) + for_terminal(text[cut:]) == for_terminal(text)


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_visible_text_is_untouched(text: str) -> None:
    assert for_terminal(text) == text


def test_escape_sequences_are_shown() -> None:
    assert for_terminal("\x1b[31mred\x1b]0;title\x07") == "␛[31mred␛]0;title␇"


def test_carriage_return_can_not_overwrite() -> None:
    assert for_terminal("real\rfake\r\nnext") == "realfake\nnext"


def test_every_control_character_has_an_answer() -> None:
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in ("Cc", "Cs") and chr(code) not in "\n\t\r":
            assert for_terminal(chr(code)) != chr(code)


def test_name_in_a_line_stays_in_it() -> None:
    assert one_line("a\nb\tc\x1b") == "a␊b c␛"
