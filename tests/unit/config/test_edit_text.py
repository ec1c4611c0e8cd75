"""One value is changed, and every other character stays."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.config.edit_text import literal, with_value, without_value

TEXT = """\
# mine
model = "a"    # the small one
[sampling]     # below
  temp = 0.5
# top_k = 40
# the end

[keys]
"chat.stop" = "escape"
"""


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        (("model",), "b", '"a"    #', '"b"    #'),
        (("sampling", "temp"), 1.0, "temp = 0.5\n", "temp = 1.0\n"),
        (("sampling", "top_k"), 5, "# top_k = 40\n", "# top_k = 40\ntop_k = 5\n"),
        (("sampling", "seed"), 5, "temp = 0.5\n", "temp = 0.5\nseed = 5\n"),
        (("theme",), "x", "small one\n", 'small one\ntheme = "x"\n'),
        (("keys", "chat.stop"), "f1", '"escape"', '"f1"'),
        (("keys", "a.b"), "f1", '"escape"\n', '"escape"\n"a.b" = "f1"\n'),
        (("engine", "n_ctx"), 1, '"escape"\n', '"escape"\n\n[engine]\nn_ctx = 1\n'),
    ],
)
def test_value_is_set_where_it_belongs(
    path: tuple[str, ...], value: object, before: str, after: str
) -> None:
    assert with_value(TEXT, path, value) == TEXT.replace(before, after, 1)


@pytest.mark.parametrize(
    ("text", "path", "after"),
    [
        ("", ("a",), "a = 1\n"),
        ("", ("t", "a"), "[t]\na = 1\n"),
        ("b = 2", ("a",), "b = 2\na = 1\n"),
        ("b = 2", ("t", "a"), "b = 2\n\n[t]\na = 1\n"),
        ("[t]", ("t", "a"), "[t]\na = 1\n"),
        ("[t]\nb = 2\n", ("a",), "a = 1\n[t]\nb = 2\n"),
        ("# file\n\n# t\n[t]\nb = 2\n", ("a",), "# file\n\na = 1\n# t\n[t]\nb = 2\n"),
        ("# file\n", ("a",), "# file\na = 1\n"),
        ("t.a = 2 # x\n", ("t", "a"), "t.a = 1 # x\n"),
        ("t = { a = 2, b = 3 }\n", ("t", "a"), "t = { a = 1, b = 3 }\n"),
        ("a = [\n 1, # x\n 2,\n]\nb = 1\n", ("a",), "a = 1\nb = 1\n"),
        ("a = 2\r\nb = 3\r\n", ("a",), "a = 1\r\nb = 3\r\n"),
    ],
)
def test_every_way_to_write_a_table_is_understood(
    text: str, path: tuple[str, ...], after: str
) -> None:
    assert with_value(text, path, 1) == after


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("model",), 'model = "a"    # the small one\n'),
        (("sampling", "temp"), "  temp = 0.5\n"),
        (("keys", "chat.stop"), '"chat.stop" = "escape"\n'),
    ],
)
def test_line_of_a_value_is_removed(path: tuple[str, ...], line: str) -> None:
    assert without_value(TEXT, path) == TEXT.replace(line, "")


VALUES = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.booleans()
)


@given(VALUES | st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
def test_literal_means_its_value_in_one_line(value: object) -> None:
    written = literal(value)
    assert "\n" not in written
    assert tomllib.loads(f"v = {written}") == {"v": value}
