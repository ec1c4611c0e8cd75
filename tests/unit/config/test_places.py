"""Places of keys and values in TOML texts."""

from collections.abc import Iterator

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from llamachat.config.places import Path, find_places, line_and_column

TEXT = '''\
# form = "no key"
form = "chat"   # a comment with [brackets]
preamble = """
form = "inside a text", [roles] too
"""
list = [ "one",
  "two" ]
a.b."c d" = 1
[ roles ]
  user = 'U = "x"'
[[greeting]]
user = "first"
[[greeting]]
user = "second"
[variables]
topic = { ask = "What?", default = "x" }
'''


@pytest.mark.parametrize(
    ("path", "place", "value"),
    [
        (("form",), (2, 1), '"chat"'),
        (("list", 1), (7, 3), '"two"'),
        (("a",), (8, 1), "1"),
        (("a", "b", "c d"), (8, 1), "1"),
        (("roles",), (9, 1), "[ roles ]"),
        (("roles", "user"), (10, 3), """'U = "x"'"""),
        (("greeting", 0, "user"), (12, 1), '"first"'),
        (("greeting", 1), (13, 1), "[[greeting]]"),
        (("greeting", 1, "user"), (14, 1), '"second"'),
        (("variables", "topic", "default"), (16, 26), '"x"'),
    ],
)
def test_keys_are_found_where_they_are_written(
    path: Path, place: tuple[int, int], value: str
) -> None:
    found = find_places(TEXT)[path]
    assert line_and_column(TEXT, found.key) == place
    assert TEXT[found.value : found.end].strip() == value


def test_text_of_a_value_is_never_taken_for_a_key() -> None:
    places = find_places(TEXT)
    assert ("roles", "form") not in places
    assert len([path for path in places if "form" in path]) == 1


VALUES = st.recursive(
    st.booleans() | st.integers(-99, 99) | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), st.booleans())
def test_every_key_of_any_text_has_a_place(values: dict[str, object], multiline: bool) -> None:
    text = tomli_w.dumps(values, multiline_strings=multiline)
    places = find_places(text)
    assert set(_paths(values)) <= set(places)


def _paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    entries: object = value.items() if isinstance(value, dict) else None
    if isinstance(value, list):
        entries = enumerate(value)
    for key, inner in entries or ():  # type: ignore[attr-defined]
        yield from _paths(inner, (*path, key))
