"""`models list`, `use`, `path` and `rm`, as a person and as a script sees them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.cli.cells import width
from llamachat.cli.models import run
from llamachat.config.reading import load_config
from llamachat.errors import ModelError, UsageError
from llamachat.models.catalog import catalog
from llamachat.models.importing import import_model
from tests.unit.models.files import SMALL, write

Models = Callable[..., str]


@pytest.fixture
def models(capfdbinary: pytest.CaptureFixture[bytes]) -> Models:
    """Run `llamachat models …` in a pipe; returns what it printed."""

    def models(*words: object, code: int = 0) -> str:
        capfdbinary.readouterr()
        assert run([str(word) for word in words]) == code
        sys.stdout.flush()
        said = capfdbinary.readouterr()
        return said.out.decode() + said.err.decode()

    return models


def test_bob_and_the_catalogue_are_listed_with_what_fits(models: Models) -> None:
    lines = models().splitlines()
    assert lines[0].split() == ["size", "memory", "fits", "here", "licence"]
    assert lines[1] == "Installed" and lines[2].split()[:3] == ["bob", "9.6", "MB"]
    assert lines[3] == "To get: llamachat models pull NAME"
    rows = {line.split()[0]: line for line in lines[4 : 4 + len(catalog())]}
    assert rows.keys() == {entry.name for entry in catalog()}
    assert "Apache-2.0" in rows["tinyllama-1.1b-chat:Q4_K_M"]
    assert "of memory are usable now." in lines[-2]
    assert lines[-1].startswith("The usual choice here is Q4_K_M")


def test_a_script_gets_bytes_and_full_facts(models: Models, tmp_path: Path) -> None:
    manifest = import_model(write(tmp_path / "mine.gguf"), how="link")
    rows = json.loads(models("list", "--json"))
    mine, bob, entry = rows[0], rows[1], rows[2]
    assert (mine["name"], mine["path"], mine["sha256"]) == (
        "mine", str(manifest.path), manifest.sha256
    )  # fmt: skip
    assert (mine["installed"], mine["size"]) == (True, len(SMALL))
    assert (bob["path"], bob["fit"]) == (str(BOB), "fits")
    assert not entry["installed"] and entry["memory"] > entry["size"]
    assert entry["confirmed_by"] and entry["source"].startswith("hf:")
    here = json.loads(models("list", "--installed", "--json"))
    assert [row["name"] for row in here] == ["mine", "bob"]


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_every_line_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    class Screen(io.BytesIO):
        encoding = "utf-8"
        buffer = property(lambda self: self)

        def isatty(self) -> bool:
            return True

    screen = Screen()
    with monkeypatch.context() as terminal:
        terminal.setattr(sys, "stdout", screen)
        terminal.setenv("COLUMNS", str(columns))
        terminal.setenv("NO_COLOR", "1")
        assert run(["list"]) == 0
    assert all(width(line) <= columns for line in screen.getvalue().decode().splitlines())


def test_the_model_in_use_is_marked(models: Models) -> None:
    assert "From now on Bob answers" in models("use", "bob")
    assert load_config().model == str(BOB)
    assert "in use" in models("list").splitlines()[2]
    assert json.loads(models("list", "--json"))[0]["in_use"]


def test_only_a_model_can_be_used(models: Models, tmp_path: Path) -> None:
    for name in ("nobody", str(write(tmp_path / "no.gguf", b"GGUF"))):
        with pytest.raises(ModelError):
            models("use", name)
    assert load_config().model is None


def test_path_is_for_other_programs(models: Models, tmp_path: Path) -> None:
    assert models("path", "bob") == f"{BOB}\n"
    folders = models("path").splitlines()
    assert [Path(folder).name for folder in folders] == ["hub", "imported", "built"]
    with pytest.raises(ModelError):
        models("path", tmp_path / "gone.gguf")


def test_rm_wants_a_yes(models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_model(write(tmp_path / "mine.gguf"), how="copy")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(UsageError, match="Nobody can be asked"):
        models("rm", "mine")
    assert "mine" in models("list")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert "Nothing was deleted" in models("rm", "mine", code=1)
    said = models("rm", "--yes", "mine")
    assert "mine is gone" in said and "are free again" in said
    with pytest.raises(ModelError, match="No model 'mine'"):
        models("rm", "mine", "-y")
