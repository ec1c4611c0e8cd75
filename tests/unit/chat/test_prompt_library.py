"""Shipped prompt templates, and a person's own ones before them."""

from pathlib import Path

import pytest

import llamachat
from llamachat.chat.prompt_library import (
    load_prompt_template,
    name_of,
    own_folder,
    prompt_templates,
    shipped_folder,
)
from llamachat.errors import UsageError


def write(name: str, text: str) -> Path:
    path = own_folder() / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_prompt_templates_are_found_and_sound() -> None:
    names = prompt_templates()
    assert {"bob", "assistant"} <= names.keys()
    for name in names:
        template = load_prompt_template(name)
        assert template.description
        assert template.name == name


def test_installed_package_has_them_inside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "llamachat"
    (package / "prompts").mkdir(parents=True)
    monkeypatch.setattr(llamachat, "__file__", str(package / "__init__.py"))
    assert shipped_folder() == package / "prompts"


def test_own_prompt_template_hides_a_shipped_one() -> None:
    path = write("bob", 'description = "mine"')
    assert load_prompt_template("bob").description == "mine"
    assert prompt_templates()["bob"] == path


def test_own_prompt_template_is_listed_beside_the_shipped_ones() -> None:
    write("my own", "")
    write(".hidden", "")
    assert {"bob", "my own"} <= prompt_templates().keys()
    assert ".hidden" not in prompt_templates()


def test_prompt_template_may_be_a_path(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('description = "by path"', encoding="utf-8")
    assert load_prompt_template(str(path)).description == "by path"


def test_unknown_name_is_told_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="no prompt template 'bobb'") as raised:
        load_prompt_template("bobb")
    assert raised.value.hint == "Did you mean bob?"
    with pytest.raises(UsageError) as raised:
        load_prompt_template("zzzz")
    assert "assistant" in raised.value.hint


def test_unreadable_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_prompt_template(str(tmp_path / "absent.toml"))
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b'description = "\xff"')
    with pytest.raises(UsageError, match="byte 0xff at offset 15"):
        load_prompt_template(str(bad))
    bad.write_bytes(b"#" * (2 << 20))
    with pytest.raises(UsageError, match="larger than 1 MB"):
        load_prompt_template(str(bad))


def test_error_in_a_file_names_the_file() -> None:
    path = write("broken", "a = = 1")
    with pytest.raises(UsageError) as raised:
        load_prompt_template("broken")
    assert raised.value.message.startswith(f"{path}, line 1, column 5: ")


@pytest.mark.parametrize(
    ("asked", "name"),
    [("bob", "bob"), ("bob.v2", "bob.v2"), ("mine.toml", "mine"), ("./bob.v2.toml", "bob.v2")],
)
def test_a_path_is_called_as_its_file(asked: str, name: str) -> None:
    assert name_of(asked) == name
