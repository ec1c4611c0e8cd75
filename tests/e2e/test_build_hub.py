"""Models built from repositories of a hub on this machine: fetched, verified, built offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.hub_server import HubServer
from tests.hub_server.repository import Stored
from tests.unit.build.adapters import ADAPTERS, write_adapter
from tests.unit.build.hf_folders import CASES, write_folder

CASE = next(case for case in CASES if case.name == "tied-f16")
REPO = "somebody/tied-f16"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HubServer]:
    write_folder(tmp_path / "tied-f16", CASE)
    files = files_of(tmp_path / "tied-f16")
    adapter = next(case for case in ADAPTERS if case.base == CASE.name)
    write_adapter(tmp_path / "tuned", adapter)
    with HubServer() as server:
        beside = {"onnx/model.onnx": b"x" * 100, "optimizer.pt": b"x", "tf_model.h5": b"x"}
        server.add(REPO, files | beside)
        server.add("somebody/tuned", files_of(tmp_path / "tuned"))
        server.add("somebody/words", {"README.md": b"nothing else"})
        yield server


@pytest.fixture
def env(server: HubServer, tmp_path: Path) -> dict[str, str]:
    return server.environment(tmp_path / "hf") | {"LLAMACHAT_HOME": str(tmp_path / "home")}


def test_a_repository_is_fetched_and_built_and_later_without_the_hub(
    run: Run, server: HubServer, env: dict[str, str]
) -> None:
    first = run("build", REPO, "--type", "q8_0", **env)
    assert first.returncode == 0, first.stderr
    assert Path(first.stdout.decode().strip()).name == "tied-f16-Q8_0.gguf"
    assert b"model.safetensors and 2 more" in first.stderr
    assert not any("onnx" in request.path for request in server.asked("cdn"))
    listed = run("models", "list", "--installed", **env).stdout.decode()
    assert "tied-f16-Q8_0" in listed
    assert "safetensors" not in listed
    assert "config" not in listed
    asked = len(server.requests)
    later = run("build", REPO, "--type", "q4_0", "--offline", **env)
    assert later.returncode == 0, later.stderr
    assert len(server.requests) == asked
    again = run("build", REPO, "--type", "f16", **env)
    assert again.returncode == 0, again.stderr
    assert server.sent == sum(len(stored.data) for stored in built_from(server))


def built_from(server: HubServer) -> list[Stored]:
    (commit,) = server.repositories[REPO].commits.values()
    wanted = ("config.json", "tokenizer.model", "model.safetensors")
    return [commit[name] for name in wanted]


def test_an_adapter_comes_from_the_hub_too(run: Run, env: dict[str, str]) -> None:
    done = run("build", REPO, "--type", "q8_0", "--adapter", "somebody/tuned", **env)
    assert done.returncode == 0, done.stderr
    assert b"llamachat -m tied-f16-tuned-Q8_0" in done.stderr
    shown = run("models", "show", "tied-f16-tuned-Q8_0", **env).stdout.decode()
    assert f"hf:{REPO}" in shown
    assert "hf:somebody/tuned" in shown


def test_a_dry_run_fetches_nothing(run: Run, server: HubServer, env: dict[str, str]) -> None:
    done = run("build", REPO, "--type", "q8_0", "--dry-run", **env)
    assert done.returncode == 0, done.stderr
    assert b"would be fetched first" in done.stdout
    assert b"model.safetensors" in done.stdout
    assert server.sent == 0


def test_what_is_not_there_is_said(run: Run, env: dict[str, str]) -> None:
    empty = run("build", "somebody/words", "--type", "q8_0", **env)
    assert empty.returncode == 3
    assert b"somebody/words has no weights that llamachat builds from" in empty.stderr
    unknown = run("build", "somebody/nothing", "--type", "q8_0", **env)
    assert unknown.returncode in (2, 4)
    offline = run("build", REPO, "--type", "q8_0", "--offline", **env)
    assert offline.returncode == 4
    assert b"is not in the cache, and the network is forbidden" in offline.stderr
