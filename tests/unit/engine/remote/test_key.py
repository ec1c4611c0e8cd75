"""Where a key comes from, and who may read it."""

import pickle
from pathlib import Path

import pytest

from llamachat.engine.remote.key import NO_KEY, Key, find_key
from llamachat.errors import UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text("sk-from-file\n")
    path.chmod(0o600)
    return path


def test_the_file_wins_then_our_variable_then_openais(file: Path) -> None:
    environ = {"LLAMACHAT_API_KEY": "sk-ours", "OPENAI_API_KEY": "sk-theirs"}
    assert find_key(file, environ) == Key("sk-from-file")
    assert find_key(None, environ) == Key("sk-ours")
    assert find_key(None, {"OPENAI_API_KEY": "sk-theirs"}) == Key("sk-theirs")
    assert find_key(None, {"LLAMACHAT_API_KEY": " "}) == NO_KEY
    assert find_key(file, environ).source == str(file)
    assert find_key(None, environ).source == "the variable LLAMACHAT_API_KEY"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(UsageError, match=f"{mode:04o}") as refusal:
        find_key(file, {})
    assert "chmod 600" in refusal.value.hint


@pytest.mark.parametrize("text", ["", "two words", "sk-ünicode", "a\nb", "x" * 20_000])
def test_what_is_no_key_is_refused_and_not_repeated(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError) as refusal:
        find_key(file, {})
    assert not text or text not in str(refusal.value)


def test_a_folder_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError):
            find_key(path, {})


def test_a_key_cannot_be_written_away() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Key("sk"))


def test_a_key_is_taken_out_of_what_others_say() -> None:
    assert Key("sk-1").hidden_in("bad key sk-1!") == "bad key …!"
    assert NO_KEY.hidden_in("bad key") == "bad key"
    assert NO_KEY.header() == {}
