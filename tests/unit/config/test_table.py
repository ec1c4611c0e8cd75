"""Tables of TOML files, and where their errors point."""

import pytest

from llamachat.config.table import TomlTable
from llamachat.errors import UsageError

TEXT = """\
name = "x"
count = 3
[inner]
share = 1
  odd-key = [1]
[[row]]
n = 1
[[row]]
n = 2
"""


def table(text: str = TEXT) -> TomlTable:
    return TomlTable.parse(text, "f.toml")


def error(call: object, *args: object) -> UsageError:
    with pytest.raises(UsageError) as raised:
        call(*args)  # type: ignore[operator]
    return raised.value


def test_values_come_in_the_type_of_their_default() -> None:
    assert table().get("name", "") == "x"
    assert table().get("count", 0) == 3
    assert table().get("absent", ("a",)) == ("a",)
    share = table().table("inner").get("share", 0.5)
    assert (share, type(share)) == (1.0, float)
    assert [row.get("n", 0) for row in table().tables("row")] == [1, 2]


@pytest.mark.parametrize(
    ("text", "default", "kind"),
    [
        ("k = 1", "", "text in quotes"),
        ("k = true", 0, "a whole number"),
        ("k = 1.5", 0, "a whole number"),
        ('k = "1"', 0.5, "a number"),
        ("k = nan", 0.5, "a number"),
        ("k = 1", False, "true or false"),
        ("k = [1]", (), "a list of texts"),
        ('k = "a"', (), "a list of texts"),
    ],
)
def test_value_of_another_type_is_refused_with_its_place(
    text: str, default: str, kind: str
) -> None:
    message = error(table("\n" + text).get, "k", default).message
    assert message.startswith(f"f.toml, line 2, column 1: k must be {kind}")


def test_unknown_key_is_refused_with_its_place_and_the_nearest_known_one() -> None:
    inner = table().table("inner")
    inner.get("share", 0.5)
    inner.get("odd_key", "")
    refused = error(inner.refuse_others)
    assert refused.message == "f.toml, line 5, column 3: there is no key 'odd-key' in [inner]."
    assert refused.hint == "Did you mean odd_key?"


def test_unknown_key_like_nothing_known_lists_what_is_known() -> None:
    top = table("zzz = 1")
    top.get("name", "")
    top.get("count", 0)
    assert error(top.refuse_others).hint == "Known here: count, name."


def test_broken_toml_is_one_sentence_with_line_and_column() -> None:
    refused = error(table, 'a = "x"\nb = = 2\n')
    assert refused.message == "f.toml, line 2, column 5: this is not TOML: Invalid value."
    assert (
        "line 1, column 5: this is not TOML: Invalid value at the end"
        in error(table, "a = ").message
    )
    assert "nested too deeply" in error(table, "a = " + "[" * 9999).message


def test_text_where_a_table_belongs_is_refused() -> None:
    assert "must be a table, written as [name]" in error(table().table, "name").message
    assert "must be written as [[name]]" in error(table().tables, "name").message
    assert "must be a table" in error(table("row = [1]").tables, "row").message
