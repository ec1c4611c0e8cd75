"""Typed paths: a home stands in place of ~, and where nobody lives there is nothing."""

from pathlib import Path

import pytest

import llamachat
from llamachat.hardware.places import expanded, is_folder, is_there

SOURCES = Path(llamachat.__file__).parent


def test_a_home_stands_in_place_of_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert expanded("~/x") == expanded(Path("~/x")) == Path("/home/anna/x")
    assert expanded("a/~") == Path("a/~")


@pytest.mark.parametrize("text", ["~nobody-lives-here/x", "~no\0body/x", "x" * 5000])
def test_what_cannot_be_there_stays_as_it_is_and_is_not_there(text: str) -> None:
    assert expanded(text) == Path(text)
    assert not is_there(expanded(text))
    assert not is_folder(expanded(text))


def test_no_module_expands_a_home_in_the_way_that_raises() -> None:
    found = [path for path in SOURCES.rglob("*.py") if ".expanduser()" in path.read_text("utf-8")]
    assert found == []
