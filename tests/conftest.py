"""What every test stands on: an empty home of its own, and no way to the person's files."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `LLAMACHAT_HOME` for each test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LLAMACHAT_HOME", str(folder))
    return folder
