"""What every test stands on: an empty home of its own, and no way to the person's files."""

import os
from pathlib import Path

import pytest

# Two threads that spin while they wait for each other need 100 times as long on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


HUB_VARIABLES = (
    "HF_ENDPOINT", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN",
    "HF_TOKEN_PATH", "TRANSFORMERS_OFFLINE",
)  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `LLAMACHAT_HOME` for each test, and a hub cache of its own in it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LLAMACHAT_HOME", str(folder))
    monkeypatch.setenv("HF_HOME", str(folder / "huggingface"))
    for name in HUB_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return folder
