"""Settings are written by command, and a person's file is never lost."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.config.keys import APP_KEYS, KEYS
from llamachat.config.reading import config_path, load_config
from llamachat.config.skeleton import skeleton
from llamachat.config.writing import replace_text, set_value, write_values
from llamachat.errors import UsageError


def written(text: str) -> Path:
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_first_value_makes_the_file() -> None:
    assert set_value("temp", "0.5") is None
    assert config_path().read_text() == "[sampling]\ntemp = 0.5\n"
    assert load_config({}).sampling == {"temp": 0.5}


def test_comments_and_order_stay() -> None:
    path = written("# mine\n[sampling] # hot\ntemp = 1.5 # too hot\n")
    set_value("sampling.temp", "0.5")
    set_value("theme", "nord")
    set_value("sampling.top_k", "7")
    assert path.read_text() == (
        'theme = "nord"\n# mine\n[sampling] # hot\ntemp = 0.5 # too hot\ntop_k = 7\n'
    )


def test_value_is_forgotten_under_any_of_its_names() -> None:
    path = written('a_stranger = 1\n[sampling]\ntemp = 1.5\n[keys]\n"chat.stop" = "f1"\n')
    set_value("temp", None)
    set_value("a_stranger", None)
    set_value("keys.chat.stop", None)
    set_value("seed", None)
    assert path.read_text() == "[sampling]\n[keys]\n"
    with pytest.raises(UsageError, match="no setting 'nonsense'"):
        set_value("nonsense", None)


def test_ids_of_bindings_are_found_however_they_are_written() -> None:
    path = written('[keys]\nchat.stop = "f1"\n"chat.new" = "f2"\n')
    write_values({"keys.chat.stop": "f3", "keys.chat.new": "f4"})
    assert path.read_text() == '[keys]\nchat.stop = "f3"\n"chat.new" = "f4"\n'


def test_file_that_cannot_be_changed_in_place_is_kept_beside_the_new_one() -> None:
    path = written("# mine\nsampling = { temp = 1.5 }\n")
    backup = set_value("top_k", "7")
    assert backup == path.with_name("config.toml.bak")
    assert backup.read_text() == "# mine\nsampling = { temp = 1.5 }\n"
    assert load_config({}).sampling == {"temp": 1.5, "top_k": 7}


def test_text_that_looks_like_a_table_does_not_mislead() -> None:
    path = written('[sampling]\ndry_sequence_breakers = ["""\n[sampling]\ntop_k = 1\n"""]\n')
    assert set_value("top_k", "7") is None
    assert path.read_text().endswith('"""]\ntop_k = 7\n')


def test_broken_file_is_not_touched() -> None:
    path = written("temp = = 1\n")
    with pytest.raises(UsageError, match="line 1, column 8: this is not TOML") as refused:
        set_value("theme", "x")
    assert refused.value.hint == "Mend it: llamachat config edit"
    assert path.read_text() == "temp = = 1\n"
    written("sampling = 3\n")
    with pytest.raises(UsageError, match="sampling must be a table"):
        set_value("temp", "1")


def test_wrong_value_in_the_file_can_be_set_right() -> None:
    path = written('[sampling]\ntemp = "hot"\n')
    set_value("temp", "0.5")
    assert path.read_text() == "[sampling]\ntemp = 0.5\n"


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("temp", "hot", "sampling.temp takes a number, not 'hot'."),
        ("temp", "nan", "sampling.temp takes a number, not 'nan'."),
        ("top_k", "1.5", "sampling.top_k takes a whole number, not '1.5'."),
        ("markdown", "perhaps", "markdown takes true or false, not 'perhaps'."),
        ("panel", "big", "panel takes one of full, line, off, not 'big'."),
        ("n_predict", "-3", "n_predict takes a whole number of at least -2, not '-3'."),
        ("theme", "", "theme takes some text, not ''."),
        ("model", "\udcff", "model takes text in UTF-8, not '\\udcff'."),
        ("samplers", "[1]", "sampling.samplers takes a list of texts, as in [\"…\", \"…\"], "
                            "not '[1]'."),
        ("keys.a.b", "x y", 'keys.a.b takes names of keys, as in "escape,ctrl+c", not \'x y\'.'),
    ],
)  # fmt: skip
def test_value_of_another_type_is_refused(key: str, value: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        set_value(key, value)
    assert refused.value.message == told
    assert not config_path().exists()


def test_lists_and_switches_are_spelled_as_people_do() -> None:
    set_value("samplers", "top_k; temperature")
    set_value("dry_sequence_breakers", '["\\n", ";"]')
    set_value("markdown", "off")
    config = load_config({})
    assert config.sampling["samplers"] == ("top_k", "temperature")
    assert config.sampling["dry_sequence_breakers"] == ("\n", ";")
    assert config.markdown is False


def test_link_keeps_pointing_and_mode_stays(tmp_path: Path) -> None:
    path, real = config_path(), tmp_path / "dotfiles.toml"
    path.parent.mkdir(parents=True)
    real.write_text("")
    real.chmod(0o600)
    path.symlink_to(real)
    set_value("theme", "nord")
    assert path.is_symlink()
    assert real.read_text() == 'theme = "nord"\n'
    assert real.stat().st_mode & 0o777 == 0o600


def test_failed_write_is_told_and_leaves_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(UsageError, match="cannot be written"):
        replace_text(tmp_path / "file" / "below", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        replace_text(tmp_path / "folder", "x")
    assert {path.name for path in tmp_path.iterdir()} >= {"file", "folder"}
    assert not list(tmp_path.glob("**/*.part"))


CHANGES = st.dictionaries(
    st.sampled_from([*KEYS, "keys.chat.stop"]),
    st.none() | st.integers(-9, 9) | st.text(st.sampled_from("a#[]\"'\n= "), max_size=6),
    max_size=4,
)


@given(st.lists(CHANGES, max_size=4))
def test_skeleton_takes_any_changes_and_keeps_its_lines(rounds: list[dict[str, object]]) -> None:
    text = skeleton({})
    path, wanted = written(text), tomllib.loads(text)
    for changes in rounds:
        assert write_values(changes) is None
        for key, value in changes.items():
            table, _, name = key.partition(".") if key not in APP_KEYS else ("", "", key)
            place = wanted[table] if table else wanted
            place.pop(name, None)
            if value is not None:
                place[name] = value
    assert tomllib.loads(path.read_text()) == wanted
    assert [line for line in path.read_text().splitlines() if line in text.splitlines()]


def test_skeleton_says_nothing_until_a_line_is_uncommented() -> None:
    text = skeleton({})
    assert tomllib.loads(text) == {"engine": {}, "sampling": {}, "keys": {}}
    lines = [line.removeprefix("# ") for line in text.splitlines() if " = " in line]
    named = {line.partition(" = ")[0] for line in lines}
    assert {key.rpartition(".")[2] for key in KEYS} <= named
