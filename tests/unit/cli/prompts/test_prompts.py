"""`llamachat prompts`: each action from the front door, with real files and a real editor."""

import json
from pathlib import Path

import pytest

from llamachat.chat.prompt_files import save_prompt_template
from llamachat.chat.prompt_library import own_folder, shipped_folder
from llamachat.cli.main import main
from llamachat.cli.prompts import ACTIONS, parsers

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A text that the editor writes over the file it is given."""
    text, script = tmp_path / "typed.toml", tmp_path / "editor"
    script.write_text(f'#!/bin/sh\ncat "{text}" > "$1"\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    return text


def test_list_tells_names_forms_owners_and_what_is_broken(capsys: Captured) -> None:
    save_prompt_template("coder", 'description = "My own coder"\nform = "chat"')
    save_prompt_template("torn", "a = ")
    assert main(["prompts"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "chat        yours, hides the shipped one  My own coder" in lines["coder"]
    assert "transcript  shipped" in lines["bob"]
    assert "broken: llamachat prompts check torn" in lines["torn"]


def test_list_for_scripts_has_the_variables(capsys: Captured) -> None:
    save_prompt_template("torn", "a = ")
    assert main(["prompts", "list", "--json"]) == 0
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert entries["translator"]["variables"] == [
        {"name": "language", "default": None, "ask": "Into which language?"}
    ]
    assert entries["torn"]["origin"] == "own"
    assert "line 1, column 5" in entries["torn"]["error"]


def test_show_is_the_file_to_the_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["prompts", "show", "bob"]) == 0
    assert capfdbinary.readouterr().out == (shipped_folder() / "bob.toml").read_bytes()


def test_rendered_prompt_takes_values_and_names_what_is_open(capsys: Captured) -> None:
    assert main(["prompts", "show", "tutor", "--rendered", "--set", "level=expert"]) == 0
    out, err = capsys.readouterr()
    assert "about ‹subject› and is at this level: expert." in out
    assert out.endswith("Student: …\nTutor:\n")
    assert err == "[ still open: --set subject=… ]\n"


def test_rendered_prompt_of_a_chat_says_who_writes_its_structure(capsys: Captured) -> None:
    assert main(["prompts", "show", "assistant", "--rendered"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("[system]\nYou are a helpful")
    assert "chat template writes the structure" in err


def test_show_for_scripts_is_the_segments(capsys: Captured) -> None:
    assert main(["prompts", "show", "vicuna", "--json"]) == 0
    segments = json.loads(capsys.readouterr().out)
    assert segments[-1] == {"kind": "scaffold", "text": " ASSISTANT:"}


def test_value_without_rendering_is_refused(capsys: Captured) -> None:
    assert main(["prompts", "show", "bob", "--set", "user=Anna"]) == 2
    assert "Add --rendered." in capsys.readouterr().err


def test_new_copies_without_an_editor_where_nobody_sits(capsys: Captured) -> None:
    assert main(["prompts", "new", "pirate", "--from", "storyteller"]) == 0
    path = own_folder() / "pirate.toml"
    assert capsys.readouterr().err == f"Written: {path}\n"
    assert (shipped_folder() / "storyteller.toml").read_text() in path.read_text()
    assert main(["prompts", "new", "pirate"]) == 2


def test_edit_of_a_shipped_one_makes_an_own_copy(editor: Path, capsys: Captured) -> None:
    editor.write_text('preamble = "${topic}"', encoding="utf-8")
    shipped = (shipped_folder() / "bob.toml").read_bytes()
    assert main(["prompts", "edit", "bob"]) == 0
    assert (own_folder() / "bob.toml").read_text() == 'preamble = "${topic}"'
    assert (shipped_folder() / "bob.toml").read_bytes() == shipped
    assert "llamachat -T bob --set topic=…" in capsys.readouterr().err


def test_edit_keeps_what_is_wrong_and_says_where(editor: Path, capsys: Captured) -> None:
    editor.write_text('form = "chat"\nprembale = "x"\nn_keep = -3', encoding="utf-8")
    assert main(["prompts", "edit", "bob"]) == 2
    said = capsys.readouterr().err
    assert (
        "bob.toml, line 2, column 1: there is no key 'prembale'.\n  Did you mean preamble?" in said
    )
    assert "bob.toml, line 3, column 1: n_keep must be -1" in said
    assert "Your edit is kept. Go on: llamachat prompts edit bob" in said
    assert "prembale" in (own_folder() / "bob.toml").read_text()


def test_check_is_one_line_for_each_fault(tmp_path: Path, capsys: Captured) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text('form = "x"\n[roles]\nuser = ""', encoding="utf-8")
    second.write_bytes(b"\xff")
    assert main(["prompts", "check", str(first), "bob", str(second)]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"{first}, line 1, column 1",
        f"{first}, line 3, column 1",
        f"{second} is not UTF-8 text",
    ]


def test_check_for_scripts_has_lines_and_columns(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.toml"
    path.write_text('\n  frm = "x"', encoding="utf-8")
    assert main(["prompts", "check", "--json", str(path), str(tmp_path / "absent.toml")]) == 2
    known, whole = json.loads(capsys.readouterr().out)
    assert known["message"] == "there is no key 'frm'"
    assert (known["line"], known["column"], known["hint"]) == (2, 3, "Did you mean form?")
    assert (whole["line"], whole["column"]) == (None, None)


def test_check_of_sound_ones_is_quiet_on_standard_output(capsys: Captured) -> None:
    assert main(["prompts", "check"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("are sound.\n")


def test_path_is_the_folder_or_the_file(capsys: Captured) -> None:
    assert main(["prompts", "path"]) == 0
    assert main(["prompts", "path", "bob"]) == 0
    assert capsys.readouterr().out == f"{own_folder()}\n{shipped_folder() / 'bob.toml'}\n"


def test_every_action_has_help(capsys: Captured) -> None:
    for action in ACTIONS:
        with pytest.raises(SystemExit, match=r"^0$"):
            main(["prompts", action, "--help"])
    assert len(parsers()) == len(ACTIONS)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
