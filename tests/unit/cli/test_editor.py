"""The person's editor is started, and its failure told."""

from pathlib import Path

import pytest

from llamachat.cli.editor import edit
from llamachat.errors import LlamaChatError, UsageError


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
