"""What every test stands on: an empty home of its own, and no way to the person's files; a model
that several folders need."""

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


@pytest.fixture(scope="session")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seconds of prefill for a long prompt, so that something can happen in the middle of it."""
    from llamachat.gguf.generated import LlamaShape, write_generated_llama

    path = tmp_path_factory.mktemp("models") / "slow.gguf"
    write_generated_llama(path, LlamaShape(4, 1024, 8, 8, 2816, 512, 4096), "q4_0", seed=7)
    return path
