"""Folders and versions as the report names them."""

from pathlib import Path

import pytest

from llamachat.cli.doctor.places import hub_cache, read_folders, read_versions
from tests.unit.cli.doctor_report import GOOD_LIBRARY

HUB_VARIABLES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({}, "~/.cache/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/c", "HF_HOME": "/h"}, "/h/hub"),
        ({"HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old"}, "/old"),
        ({"HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "~/new"}, "~/new"),
    ],
)
def test_hub_cache_lies_where_the_hub_puts_it(
    environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in HUB_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert hub_cache() == Path(folder).expanduser()


def test_folders_are_described_and_not_made(home: Path) -> None:
    folders = {folder.name: folder for folder in read_folders()}
    assert folders["data"].path == home / "data"
    assert folders["data"].exists is False
    assert folders["data"].writable is True
    assert folders["data"].disk.free > 0
    assert not home.exists()


def test_versions_leave_unknown_ones_empty() -> None:
    versions = read_versions(GOOD_LIBRARY)
    assert versions["llama-cpp-python"] == "0.3.36"
    assert versions["llama.cpp"] == "ggml 0.25.3, commit abc"
    assert all(read_versions(GOOD_LIBRARY)[name] for name in ("Python", "system", "kernel"))
