"""Real pip builds a stand-in for the engine: once, with our flags, and again only with reason."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from llamachat.install import plan
from tests.unit.install.tiny import DRIVER, Environment, make_index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return make_index(tmp_path_factory.mktemp("index"))


@pytest.fixture
def environment(tmp_path: Path, index: dict[str, str]) -> Environment:
    return Environment.make(tmp_path / "venv", index)


def record_path(environment: Environment) -> Path:
    (site,) = environment.folder.glob("lib/python*/site-packages")
    return site / "llamachat-engine.json"


def test_engine_is_built_once_and_installed_again_from_the_kept_wheel(
    environment: Environment,
) -> None:
    first = environment.rebuild()
    assert first.returncode == 0, first.stderr
    assert "there is none built for this machine yet" in first.stdout
    assert "90 %" in first.stdout
    assert environment.built_with() == " ".join([*plan.TRIMMED, "-DGGML_NATIVE=ON"])
    record = json.loads(record_path(environment).read_text(encoding="utf-8"))
    assert record["cmake_args"][-1] == "-DGGML_NATIVE=ON"

    again = environment.rebuild()
    assert (again.returncode, again.stdout) == (0, "")

    (library,) = environment.folder.glob("lib/python*/site-packages/llama_cpp/lib/*")
    library.write_text("built by another hand", encoding="utf-8")
    repaired = environment.rebuild()
    assert "installing" in repaired.stdout
    assert "building with" not in repaired.stdout
    assert library.read_text(encoding="utf-8").startswith("a library built with")


@pytest.mark.slow
def test_changed_arguments_and_force_build_again(environment: Environment) -> None:
    environment.rebuild()
    assert "CC or CXX changed" in environment.rebuild(CC="cc").stdout
    assert environment.rebuild(CC="cc").stdout == ""
    environment.rebuild()
    changed = environment.rebuild(LLAMACHAT_CMAKE_ARGS="-DGGML_RPC=ON")
    assert "LLAMACHAT_CMAKE_ARGS changed" in changed.stdout
    assert environment.built_with().endswith("-DGGML_NATIVE=ON -DGGML_RPC=ON")
    back = environment.rebuild()
    assert "building with" not in back.stdout  # the first wheel was kept
    assert environment.built_with().endswith("-DGGML_NATIVE=ON")
    forced = environment.rebuild("--force")
    assert "asked for" in forced.stdout
    assert "building with" in forced.stdout


@pytest.mark.slow
def test_damaged_wheel_is_built_again(environment: Environment, index: dict[str, str]) -> None:
    environment.rebuild()
    (wheel,) = environment.folder.parent.glob("home/cache/wheels/*/*.whl")
    wheel.write_bytes(wheel.read_bytes()[:100])
    neighbour = Environment.make(environment.folder.parent / "second", index)
    assert "building with" in neighbour.rebuild().stdout
    assert neighbour.built_with() == environment.built_with()


def test_failed_build_shows_its_last_words_and_the_log(environment: Environment) -> None:
    failed = environment.rebuild(LLAMACHAT_CMAKE_ARGS="-DBREAK=ON")
    assert failed.returncode == 1
    assert "error: the compiler found a fault" in failed.stderr
    assert "engine-build.log" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not record_path(environment).exists()


@pytest.mark.slow
def test_engine_that_does_not_load_is_not_kept(environment: Environment) -> None:
    failed = environment.rebuild(LLAMACHAT_CMAKE_ARGS="-DCRASH=ON")
    assert "this Python can not load it" in failed.stderr
    assert not list(environment.folder.parent.glob("home/cache/wheels/*/*.whl"))
    assert not record_path(environment).exists()


def test_missing_pip_is_named(environment: Environment) -> None:
    (pip,) = environment.folder.glob("lib/python*/site-packages/pip")
    pip.unlink()
    failed = environment.rebuild()
    assert "pip is not installed in this environment." in failed.stderr
    assert "-m ensurepip" in failed.stderr


def runs(process: psutil.Process) -> bool:
    """A zombie does not: in a container without an init nobody reaps what lost its parent."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_interrupted_build_leaves_nothing_running(
    environment: Environment, number: signal.Signals
) -> None:
    python = str(environment.folder / "bin" / "python")
    variables = {**environment.variables, "LLAMACHAT_CMAKE_ARGS": "-DHANG=ON"}
    process = subprocess.Popen(
        [python, "-u", "-c", DRIVER], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    for line in process.stdout:
        if b"90 %" in line:
            break
    started = psutil.Process(process.pid).children(recursive=True)
    assert started
    process.send_signal(number)
    process.communicate(timeout=15)
    assert process.returncode != 0
    deadline = time.monotonic() + 5
    while any(map(runs, started)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(runs, started))
    assert not record_path(environment).exists()
