"""Models built from repositories of a hub on this machine: fetched, verified, built offline."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.models.manifest import find
from tests.hub_server import HubServer
from tests.hub_server.hub import TOKEN
from tests.hub_server.repository import Stored
from tests.unit.build.adapters import ADAPTERS, write_adapter
from tests.unit.build.hf_folders import CASES, write_folder
from tests.unit.cli.build.conftest import Build

CASE = next(case for case in CASES if case.name == "tied-f16")
REPO = "somebody/tied-f16"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    write_folder(tmp_path / "tied-f16", CASE)
    files = files_of(tmp_path / "tied-f16")
    adapter = next(case for case in ADAPTERS if case.base == CASE.name)
    write_adapter(tmp_path / "tuned", adapter)
    with HubServer() as server:
        beside = {"onnx/model.onnx": b"x" * 100, "optimizer.pt": b"x", "tf_model.h5": b"x"}
        server.add(REPO, files | beside)
        server.add("somebody/tuned", files_of(tmp_path / "tuned"))
        server.add("somebody/words", {"README.md": b"nothing else"})
        for name, value in server.environment(tmp_path / "hf").items():
            monkeypatch.setenv(name, value)
        yield server


def test_a_repository_is_fetched_and_built_and_later_without_the_hub(
    build: Build, server: HubServer
) -> None:
    first = build(REPO, "--type", "q8_0")
    assert first.code == 0, first.err
    assert Path(first.out.strip()).name == "tied-f16-Q8_0.gguf"
    assert "model.safetensors and 2 more" in first.err
    assert not any("onnx" in request.path for request in server.asked("cdn"))
    listed = build("--installed", command="models list").out
    assert "tied-f16-Q8_0" in listed
    assert "safetensors" not in listed
    assert "config" not in listed
    asked = len(server.requests)
    later = build(REPO, "--type", "q4_0", "--offline")
    assert later.code == 0, later.err
    assert len(server.requests) == asked
    again = build(REPO, "--type", "f16")
    assert again.code == 0, again.err
    assert server.sent == sum(len(stored.data) for stored in built_from(server))


def test_original_weights_may_go_when_the_model_is_built(
    build: Build, server: HubServer, tmp_path: Path
) -> None:
    assert build(REPO, "--type", "q8_0").code == 0
    shutil.rmtree(tmp_path / "hf")
    done = build("--all", command="models verify")
    assert done.code == 0, done.out
    assert done.out.count("is gone.") == 3
    assert "MISSING" not in done.out


def built_from(server: HubServer) -> list[Stored]:
    (commit,) = server.repositories[REPO].commits.values()
    wanted = ("config.json", "tokenizer.model", "model.safetensors")
    return [commit[name] for name in wanted]


def test_an_adapter_comes_from_the_hub_too(build: Build, server: HubServer) -> None:
    done = build(REPO, "--type", "q8_0", "--adapter", "somebody/tuned")
    assert done.code == 0, done.err
    assert "llamachat -m tied-f16-tuned-Q8_0" in done.err
    shown = build("tied-f16-tuned-Q8_0", command="models show").out
    assert f"hf:{REPO}" in shown
    assert "hf:somebody/tuned" in shown


def test_a_gated_repository_opens_with_a_token(build: Build, server: HubServer) -> None:
    server.repositories[REPO].access = "gated"
    refused = build(REPO, "--type", "q8_0")
    assert refused.code == 4
    assert f"{REPO} is gated" in refused.err
    assert build(REPO, "--type", "q8_0", "--hf-token", TOKEN).code == 0


def test_a_dry_run_fetches_nothing(build: Build, server: HubServer) -> None:
    done = build(REPO, "--type", "q8_0", "--dry-run")
    assert done.code == 0, done.err
    assert "would be fetched first" in done.out
    assert "model.safetensors" in done.out
    adapted = build(REPO, "--type", "q8_0", "--adapter", "somebody/tuned", "--dry-run")
    assert "model.safetensors" in adapted.out
    assert server.sent == 0


def test_what_is_not_there_is_said(build: Build, server: HubServer) -> None:
    empty = build("somebody/words", "--type", "q8_0")
    assert empty.code == 3
    assert "somebody/words has no weights that llamachat builds from" in empty.err
    adapter = build("somebody/tuned", "--type", "q8_0")
    assert "It is an adapter; give its base model, and --adapter somebody/tuned" in adapter.err
    server.add("somebody/ready", {"ready-Q4_0.gguf": b"GGUF"})
    ready = build("somebody/ready", "--type", "q8_0")
    assert "It has models that are built: llamachat models pull somebody/ready" in ready.err
    unknown = build("somebody/nothing", "--type", "q8_0")
    assert unknown.code in (2, 4)
    offline = build(REPO, "--type", "q8_0", "--offline")
    assert offline.code == 4
    assert "is not in the cache, and the network is forbidden" in offline.err


def test_what_is_in_the_way_is_told_before_weights_are_fetched(
    build: Build, server: HubServer, tmp_path: Path
) -> None:
    (tmp_path / "there.gguf").write_bytes(b"another model")
    for words in (
        ("--adapter", tmp_path / "none"),
        ("--adapter", tmp_path / "tied-f16"),
        ("--name", "a b"),
        ("--out", tmp_path / "there.gguf"),
    ):
        assert build(REPO, "--type", "q8_0", *words).code in (2, 3)
    assert server.sent == 0


def test_files_that_were_fetched_take_no_name_from_a_model(build: Build, server: HubServer) -> None:
    assert build(REPO, "--type", "q8_0").code == 0
    done = build(REPO, "--type", "q8_0", "--name", "model")
    assert done.code == 0, done.err


def test_it_is_built_again_from_the_same_commit(build: Build, server: HubServer) -> None:
    path = build(REPO, "--type", "q8_0", "--adapter", "somebody/tuned").paths[0]
    manifest = find(path)
    assert manifest is not None
    command = manifest.recipe["command"]
    (commit,) = server.repositories["somebody/tuned"].commits
    assert f" hf:{REPO}@{manifest.revision} --adapter hf:somebody/tuned@{commit} " in command
    again = build(*shlex.split(command)[2:])
    assert again.code == 0, again.err


def test_one_file_of_a_repository_is_taken_from_the_cache(
    build: Build, server: HubServer, tmp_path: Path
) -> None:
    write_generated_llama(tmp_path / "whole.gguf", TINY, "f16")
    server.add("somebody/whole", {"whole-F16.gguf": (tmp_path / "whole.gguf").read_bytes()})
    source = "hf:somebody/whole/whole-F16.gguf"
    assert "is not in the cache" in build(source, "--type", "q8_0", "--offline").err
    assert build(source, "--type", "q8_0").code == 0
    asked = len(server.requests)
    later = build(source, "--type", "q4_0", "--offline")
    assert later.code == 0, later.err
    assert len(server.requests) == asked


def test_a_program_that_is_gone_wants_nothing_fetched(server: HubServer) -> None:
    server.rate = 20_000
    argv = [sys.executable, "-m", "llamachat", "build", REPO, "--type", "q8_0", "--progress-json"]
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        assert child.stderr is not None
        assert child.stderr.readline()
        child.stderr.close()
        assert child.wait(10) in (141, -signal.SIGTERM)  # the latter where no fetch has begun
    finally:
        child.kill()
        child.wait()
