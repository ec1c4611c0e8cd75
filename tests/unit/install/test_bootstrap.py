"""From a checkout and a bare Python to an installed app, and what is said where that fails.

The checkout's engine and build backend are stand-ins, so that it takes seconds and no network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.install.tiny import BACKEND, PYPROJECT, ROOT, make_index

PROJECT = """
[project]
name = "llamachat"
version = "0.1.0"

[dependency-groups]
dev = ["llama-cpp-python"]
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What bootstrap needs of a checkout, with probes that cost nothing."""
    root = tmp_path_factory.mktemp("checkout")
    package = root / "src" / "llamachat"
    for room in ("install", "hardware"):
        shutil.copytree(ROOT / "src/llamachat" / room, package / room)
    for module in ("__init__.py", "errors.py"):
        shutil.copy(ROOT / "src/llamachat" / module, package)
    (package / "install" / "probes" / "detect.c").write_text("no C: no probes", encoding="utf-8")
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("b*/"))
    shutil.copy(BACKEND, root)
    (root / "pyproject.toml").write_text(PYPROJECT + PROJECT, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    index = make_index(tmp_path_factory.mktemp("index"))
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**environ, **index, "LLAMACHAT_HOME": str(tmp_path_factory.mktemp("home"))}


def bootstrap(
    root: Path, environ: dict[str, str], *arguments: str, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, str(root / "scripts" / "bootstrap.py"), *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


# Making an environment with the pip of this one takes a tenth of what ensurepip does.
BORROWING_VENV = """
import subprocess, sys
from pathlib import Path

if __name__ == "__main__":
    folder = Path(sys.argv[-1])
    subprocess.check_call([sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)])
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "pip").symlink_to({pip!r})
"""


@pytest.fixture
def quickly(variables: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Variables with which `python -m venv` borrows a pip."""
    pip = pytest.importorskip("pip")
    program = BORROWING_VENV.format(pip=str(Path(pip.__file__).parent))
    (tmp_path / "venv.py").write_text(program, encoding="utf-8")
    return {**variables, "PYTHONPATH": str(tmp_path)}


@pytest.mark.parametrize("environ", ["quickly", pytest.param("variables", marks=pytest.mark.slow)])
def test_checkout_is_prepared_once(
    checkout: Path, environ: str, request: pytest.FixtureRequest
) -> None:
    variables: dict[str, str] = request.getfixturevalue(environ)
    shutil.rmtree(checkout / ".venv", ignore_errors=True)
    first = bootstrap(checkout, variables)
    assert first.returncode == 0, first.stderr
    for word in ("Python: making .venv", "Engine: llama-cpp-python==0.3.36", "App: installing"):
        assert word in first.stderr
    app = checkout / ".venv" / "bin" / "llamachat"
    assert "prepare" in subprocess.check_output([str(app), "--help"], text=True)

    started = time.monotonic()
    second = bootstrap(checkout, variables)
    assert (second.returncode, second.stderr) == (0, "")
    assert time.monotonic() - started < 5  # 0.2 s on an idle machine


@pytest.mark.slow
def test_checkout_is_repaired_and_given_the_tools(
    checkout: Path, variables: dict[str, str]
) -> None:
    bootstrap(checkout, variables)
    with_tools = bootstrap(checkout, variables, "--dev")
    assert "and the developers' tools" in with_tools.stderr
    assert bootstrap(checkout, variables).stderr == ""  # tools do no harm

    for pip in checkout.glob(".venv/lib/python*/site-packages/pip"):
        shutil.rmtree(pip)  # as an interrupted `python -m venv` leaves it
    repaired = bootstrap(checkout, variables)
    assert "Python: repairing .venv" in repaired.stderr
    assert "building with" not in repaired.stderr  # the wheel was kept
    assert repaired.returncode == 0


def without_ensurepip(folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """As Debian's python3 is without python3-venv."""
    (folder / "ensurepip.py").write_text("raise ImportError", encoding="utf-8")
    return {**environ, "PYTHONPATH": str(folder), "PATH": str(folder)}


def test_missing_venv_module_is_named_with_its_package(
    checkout: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(checkout / "scripts", tmp_path / "scripts")
    environ = without_ensurepip(tmp_path, variables)
    (tmp_path / "apt-get").symlink_to("/bin/true")
    failed = bootstrap(tmp_path, environ)
    assert failed.returncode == 1
    assert "can not make virtual environments" in failed.stderr
    assert f"sudo apt install python3.{sys.version_info[1]}-venv" in failed.stderr
    assert not (tmp_path / ".venv").exists()


def test_other_python_on_the_path_is_taken_instead(
    checkout: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    """The one that runs the script lacks ensurepip; python3.12 here is a script that has it."""
    shutil.copytree(checkout / "scripts", tmp_path / "scripts")
    environ = without_ensurepip(tmp_path, variables)
    other = tmp_path / "python3.12"
    other.write_text("#!/bin/sh\ncase $1 in -c) echo 3.12;; *) echo taken; esac\n")
    other.chmod(0o755)
    assert "making .venv with " + str(other) in bootstrap(tmp_path, environ).stderr


OLD = [
    found
    for minor in (6, 8, 10)
    for found in Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")
]


@pytest.mark.skipif(not OLD, reason="needs a Python older than 3.11")
@pytest.mark.parametrize("python", OLD, ids=str)
def test_old_python_says_what_it_is(
    python: Path, checkout: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(checkout / "scripts", tmp_path / "scripts")
    failed = bootstrap(tmp_path, {**variables, "PATH": str(tmp_path)}, python=str(python))
    assert failed.returncode == 1
    assert "llamachat needs Python 3.11 or newer, this is 3." in failed.stderr
    assert "Traceback" not in failed.stderr
