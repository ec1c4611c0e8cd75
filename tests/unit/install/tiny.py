"""A package index in a folder with a stand-in for the engine, and environments to install it."""

from __future__ import annotations

import os
import subprocess
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BACKEND = Path(__file__).with_name("tiny_backend.py")

PYPROJECT = """
[build-system]
requires = []
build-backend = "tiny_backend"
backend-path = ["."]
"""

# Probing takes four seconds and has its own tests; here the survey is an empty one.
DRIVER = """
import os, sys
from llamachat.errors import LlamaChatError
from llamachat.hardware.isa import read_cpu
from llamachat.install import engine_build
from llamachat.install.compiler import find_toolchain
from llamachat.install.flags import Findings, decide
from llamachat.install.survey import Survey

def survey(environ):
    tools = find_toolchain(environ)
    findings = Findings(tools.arch, str(tools), frozenset(), frozenset(), ())
    return Survey(read_cpu(), tools, findings, decide(findings))

engine_build.survey_machine = survey
try:
    engine_build.rebuild_engine(print, force="--force" in sys.argv)
except LlamaChatError as error:
    sys.exit(f"{error.message} {error.hint}")
"""


def make_index(folder: Path) -> dict[str, str]:
    """Writes the engine's source archive; returns the variables that make pip use it alone."""
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (source / "tiny_backend.py").write_bytes(BACKEND.read_bytes())
    metadata = "Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n"
    (source / "PKG-INFO").write_text(metadata, encoding="utf-8")
    with tarfile.open(folder / "llama_cpp_python-0.3.36.tar.gz", "w:gz") as archive:
        archive.add(source, "llama_cpp_python-0.3.36")
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_EXTRA_INDEX_URL": "",
    }


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment that borrows the pip of the one the tests run in."""

    folder: Path
    variables: dict[str, str]

    @classmethod
    def make(cls, folder: Path, index: dict[str, str]) -> Environment:
        pip = pytest.importorskip("pip")
        venv.create(folder)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "pip").symlink_to(Path(pip.__file__).parent)
        home = str(folder.parent / "home")
        variables = {**os.environ, **index, "PYTHONPATH": str(ROOT / "src")}
        return cls(folder, {**variables, "LLAMACHAT_HOME": home})

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / "bin" / "python"), *arguments],
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def rebuild(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("-c", DRIVER, *arguments, **variables)

    def built_with(self) -> str:
        """The CMAKE_ARGS of the engine that is installed now."""
        shown = self.run("-c", "from llama_cpp import built_with as b; print(b.CMAKE_ARGS)")
        return shown.stdout.strip()
