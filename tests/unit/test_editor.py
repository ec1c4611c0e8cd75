"""The person's editor is found."""

from pathlib import Path

import pytest

from llamachat.editor import editor_command
from llamachat.errors import UsageError


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
