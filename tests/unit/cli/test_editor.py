"""The person's editor is found, started, and its failure told."""

from pathlib import Path

import pytest

from llamachat.cli.editor import edit, editor_command
from llamachat.errors import LlamaChatError, UsageError


def test_editor_is_the_persons_own() -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_command({"VISUAL": "", "EDITOR": "'/my tools/ed'"}) == ["/my tools/ed"]


def test_usual_editor_is_taken_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="No editor is named"):
        editor_command({})
    (tmp_path / "vi").touch(0o755)
    assert editor_command({}) == ["vi"]


def test_unreadable_name_is_refused() -> None:
    with pytest.raises(UsageError, match=r"cannot be read: No closing quotation"):
        editor_command({"EDITOR": "'vi"})


def test_file_is_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file name"
    file.write_text("one\n")
    monkeypatch.setenv("VISUAL", "sed -i s/one/two/")
    edit(file)
    assert file.read_text() == "two\n"


@pytest.mark.parametrize(
    ("command", "kind", "told"),
    [
        ("no-such-editor", UsageError, "no-such-editor cannot be started: No such file"),
        ("false", LlamaChatError, "The editor false ended with code 1."),
    ],
)
def test_failure_is_told(
    command: str, kind: type[LlamaChatError], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", command)
    with pytest.raises(kind, match=told) as failed:
        edit(Path("file"))
    assert "EDITOR=" in failed.value.hint
