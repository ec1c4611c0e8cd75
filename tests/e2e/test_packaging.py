"""What is shipped runs outside the checkout: the source distribution, and the wheel of it."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def hatch(folder: Path, kind: str, out: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.tar.gz" if kind == "sdist" else "*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that pip would make of the source distribution."""
    scratch = tmp_path_factory.mktemp("packaging")
    sdist = hatch(ROOT, "sdist", scratch / "sdist")
    with tarfile.open(sdist) as tar:
        tar.extractall(scratch / "source", filter="data")
    return hatch(next((scratch / "source").iterdir()), "wheel", scratch / "wheel")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def llamachat(installed: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the unpacked wheel; nothing of the checkout can be imported."""
    environ = {**os.environ, "PYTHONPATH": str(installed), "LLAMACHAT_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "llamachat", *arguments],
        cwd=home.parent,
        env=environ,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )


def test_the_wheel_carries_prompts_probes_types_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"llamachat/prompts/bob.toml", "llamachat/prompts/assistant.toml"} <= set(names)
    assert {"llamachat/install/probes/detect.c", "llamachat/py.typed"} <= set(names)
    assert {"llamachat/compare/text/alice.txt", "llamachat/compare/text/alice.md"} <= set(names)
    licences = {name.rpartition("/")[2] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "NOTICE"}
    assert {"llamachat/weights/bob.gguf", "llamachat/models/catalog.toml"} <= set(names)
    assert "llamachat/tui/styles/chat.tcss" in names
    assert not any(name.startswith(("tests/", "scripts/")) for name in names)


def test_the_unpacked_wheel_is_what_runs(installed: Path, home: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import llamachat; print(llamachat.__file__)"],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip().startswith(str(installed))


def test_it_answers_outside_the_checkout(installed: Path, home: Path) -> None:
    done = llamachat(installed, home, "-p", "Hello", "-n", "8", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_its_doctor_and_completion_work(installed: Path, home: Path) -> None:
    assert llamachat(installed, home, "doctor", "--json").stdout.startswith("{")
    assert "complete" in llamachat(installed, home, "completion", "bash").stdout
