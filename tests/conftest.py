"""What every test stands on: an empty home of its own, and no way to the person's files."""

import os
from pathlib import Path

import pytest

# Two threads that spin while they wait for each other need 100 times as long on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `LLAMACHAT_HOME` for each test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LLAMACHAT_HOME", str(folder))
    return folder
