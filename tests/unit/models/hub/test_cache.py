"""The cache is where huggingface_hub has it, and holds what it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llamachat.models.hub.cache import RepositoryFolder, cache_dir, cached, is_offline
from llamachat.models.reference import HubReference

COMMIT = "a" * 40
OTHER = "b" * 40

ENVIRONMENTS = [
    {},
    {"XDG_CACHE_HOME": "/c"},
    {"HF_HOME": "/h"},
    {"HF_HOME": "~/h", "XDG_CACHE_HOME": "/c"},
    {"HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/h"},
    {"HF_HUB_CACHE": "$HOME/new", "HUGGINGFACE_HUB_CACHE": "/old"},
]


def test_variables_mean_what_they_mean_to_the_real_client() -> None:
    """One process for each would take 0.2 s; the module is read again instead."""
    script = (
        "import importlib, json, os, sys\n"
        "from huggingface_hub import constants\n"
        "for env in json.loads(sys.argv[1]):\n"
        "    os.environ.update(env)\n"
        "    importlib.reload(constants)\n"
        "    print(constants.HF_HUB_CACHE)\n"
        "    for name in env: del os.environ[name]\n"
    )
    bare = {"HOME": "/home/anna", "PATH": os.environ["PATH"]}
    answer = subprocess.run(
        [sys.executable, "-c", script, json.dumps(ENVIRONMENTS)],
        env=bare, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    theirs = answer.stdout.split()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", "/home/anna")
        ours = [str(cache_dir(bare | env)) for env in ENVIRONMENTS]
    assert ours == theirs


def test_offline_is_said_by_two_variables() -> None:
    assert is_offline({"HF_HUB_OFFLINE": "1"})
    assert is_offline({"TRANSFORMERS_OFFLINE": "yes"})
    assert not is_offline({"HF_HUB_OFFLINE": "0"})
    assert not is_offline({})


def put(cache: Path, file: str, commit: str = COMMIT) -> Path:
    """A complete file, linked as the real client does."""
    folder = RepositoryFolder(cache, "user/repo")
    blob = folder.blobs / f"blob of {file.replace('/', ' ')}"
    link = folder.snapshot(commit, file)
    for path in (blob, link):
        path.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(b"GGUF")
    link.symlink_to(os.path.relpath(blob, link.parent))
    return link


def test_a_model_is_found_by_branch_or_commit(tmp_path: Path) -> None:
    here = put(tmp_path, "m.Q4_0.gguf")
    assert cached(HubReference("user/repo"), tmp_path) == ()
    ref = RepositoryFolder(tmp_path, "user/repo").ref("main")
    ref.parent.mkdir()
    ref.write_text(COMMIT)
    assert cached(HubReference("user/repo", "Q4_0"), tmp_path) == (here,)
    assert cached(HubReference("user/repo", revision=COMMIT), tmp_path) == (here,)
    assert cached(HubReference("user/repo", revision=OTHER), tmp_path) == ()
    assert cached(HubReference("user/other"), tmp_path) == ()


def test_a_link_to_nothing_is_no_model(tmp_path: Path) -> None:
    link = put(tmp_path, "m.Q4_0.gguf")
    link.resolve().unlink()
    assert cached(HubReference("user/repo", revision=COMMIT), tmp_path) == ()


def test_a_split_model_counts_when_it_is_whole(tmp_path: Path) -> None:
    first = put(tmp_path, "s/m-00001-of-00002.gguf")
    reference = HubReference("user/repo", revision=COMMIT)
    assert cached(reference, tmp_path) == ()
    second = put(tmp_path, "s/m-00002-of-00002.gguf")
    assert cached(reference, tmp_path) == (first, second)
