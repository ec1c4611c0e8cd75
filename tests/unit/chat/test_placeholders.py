"""`${name}` in texts that people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.chat.placeholders import fill, names_in


def test_values_take_the_place_of_names() -> None:
    assert fill("${a} and ${b}, ${a}.", {"a": "x", "b": "y"}) == "x and y, x."


def test_names_are_found_in_order() -> None:
    assert names_in("${b} $${c} ${a}") == ["b", "a"]


def test_doubled_dollar_keeps_the_characters() -> None:
    assert fill("$${a} $$${a} costs $5", {"a": "x"}) == "${a} $${a} costs $5"


def test_values_are_not_searched_again() -> None:
    assert fill("${a}", {"a": "${b}"}) == "${b}"


@given(st.text("ab$ {}").filter(lambda text: "${" not in text))
def test_text_without_placeholders_stays(text: str) -> None:
    assert fill(text, {}) == text


@pytest.mark.parametrize("text", ["${", "${}", "${a", "${a b}", "${1}", "${a\n}"])
def test_broken_placeholder_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\$\{"):
        names_in(text)
