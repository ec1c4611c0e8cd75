"""Original weights to build from, and the command as a function."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from llamachat.cli.main import main
from tests.unit.build.adapters import ADAPTERS, write_adapter
from tests.unit.build.hf_folders import CASES, write_folder

Build = Callable[..., "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def paths(self) -> list[Path]:
        """The files that were built."""
        return [Path(line) for line in self.out.splitlines()]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models and adapters, to be read only."""
    folder = tmp_path_factory.mktemp("originals")
    for case in CASES:
        if case.name in ("mha", "tied-f16"):
            write_folder(folder / case.name, case)
    for adapter in ADAPTERS:
        if adapter.name in ("plain", "grouped-bf16", "whole"):
            write_adapter(folder / adapter.name, adapter)
    return folder


@pytest.fixture
def build(originals: Path, capsys: pytest.CaptureFixture[str], home: Path) -> Build:
    """`llamachat build`, or another command; {} in a word is the folder of originals."""

    def build(*words: str | Path, command: str = "build") -> Outcome:
        capsys.readouterr()
        given = [str(word).replace("{}", str(originals)) for word in words]
        code = main([*command.split(), *given])
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return build
