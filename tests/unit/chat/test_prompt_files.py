"""Own prompt templates: saved whole, shipped ones never touched."""

from pathlib import Path

import pytest

from llamachat.chat.prompt_files import new_prompt_template, own_copy, save_prompt_template
from llamachat.chat.prompt_library import (
    listed,
    load_prompt_template,
    origin,
    own_folder,
    read_prompt_template,
    shipped_folder,
)
from llamachat.errors import LlamaChatError, UsageError


def test_saved_text_is_the_own_prompt_template_to_the_byte() -> None:
    text = 'description = "é"\r\n'
    path = save_prompt_template("mine", text)
    assert path == own_folder() / "mine.toml"
    assert path.read_bytes() == text.encode()
    assert [p.name for p in own_folder().iterdir()] == ["mine.toml"]


def test_broken_text_is_saved_too() -> None:
    save_prompt_template("broken", "a = ")
    entry = next(entry for entry in listed() if entry.name == "broken")
    assert entry.template is None
    assert entry.fault is not None
    assert "line 1, column 5" in entry.fault.message


def test_link_into_a_person_s_dotfiles_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("", encoding="utf-8")
    target.chmod(0o600)
    own_folder().mkdir(parents=True)
    link = own_folder() / "mine.toml"
    link.symlink_to(target)
    save_prompt_template("mine", 'description = "new"')
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == 'description = "new"'
    assert target.stat().st_mode & 0o777 == 0o600


def test_new_one_is_a_sound_commented_copy() -> None:
    path = new_prompt_template("my bob", "bob")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# A prompt template of your own, made from bob.")
    assert max(map(len, text.splitlines())) <= 100
    assert read_prompt_template(path).fill() == load_prompt_template("bob").fill()


def test_new_one_does_not_overwrite() -> None:
    with pytest.raises(UsageError, match="'bob' already") as raised:
        new_prompt_template("bob", "bob")
    assert raised.value.hint == "Edit it: llamachat prompts edit bob"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "-T", "x" * 65, "x ", "a\nb"])
def test_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="can not be the name"):
        save_prompt_template(name, "")


def test_own_copy_of_a_shipped_one_is_made_once() -> None:
    path = own_copy("coder")
    assert path.read_bytes() == (shipped_folder() / "coder.toml").read_bytes()
    assert origin("coder") == "shadowing"
    path.write_text('description = "changed"', encoding="utf-8")
    assert own_copy("coder") == path
    assert load_prompt_template("coder").description == "changed"


def test_full_or_forbidden_disk_is_one_sentence_and_leaves_nothing(home: Path) -> None:
    home.mkdir()
    (home / "config").write_text("in the way", encoding="utf-8")
    with pytest.raises(LlamaChatError, match="cannot be written"):
        save_prompt_template("mine", "")
