"""Words are compared without case and accents, and found in scripts without spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.chat.store.terms import index_text, terms


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello, World!", ["hello", "world"]),
        ("Café CAFE\u0301 cafe", ["cafe", "cafe", "cafe"]),
        ("Straße ΣΊΣΥΦΟΣ", ["strasse", "σισυφοσ"]),
        ("我喜欢北京。", ["我", "喜", "欢", "北", "京"]),
        ("Python很好", ["python", "很", "好"]),
        ("がか", ["が", "か"]),
        ("학교에서", ["학", "교", "에", "서"]),
        ("snake_case foo-bar", ["snake", "case", "foo", "bar"]),
        ("हिन्दी", ["हिन्दी"]),
        ("ﬁne ＡＢＣ", ["fine", "abc"]),
        ("-> 🙂 …", []),
    ],
)
def test_terms_of_a_text(text: str, wanted: list[str]) -> None:
    assert [term.text for term in terms(text)] == wanted


@given(st.text())
def test_terms_stand_where_they_say(text: str) -> None:
    last = 0
    for term in terms(text):
        assert last <= term.start < term.end <= len(text)
        assert [found.text for found in terms(text[term.start : term.end])] == [term.text]
        last = term.end


@given(st.text())
def test_index_text_holds_the_same_terms(text: str) -> None:
    assert index_text(text) == " ".join(term.text for term in terms(text))
