"""What interrupted transfers left is listed, and thrown away by the name it is listed under."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llamachat.cli.models import run
from llamachat.config.writing import write_values
from llamachat.errors import ModelError
from llamachat.models.catalog import find
from llamachat.models.hub import Hub
from llamachat.models.hub.cache import INCOMPLETE, RepositoryFolder
from llamachat.models.importing import import_model
from tests.unit.models.files import write

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def partials() -> tuple[Path, Path]:
    """One of a file that the catalogue has, and one of a stranger."""
    entry, cache = find("llama-2-7b-chat:Q4_0"), Hub.from_environment().cache
    assert entry is not None
    known = RepositoryFolder(cache, entry.repository).blobs / f"{entry.sha256}{INCOMPLETE}"
    strange = RepositoryFolder(cache, "user/repo").blobs / f"{'a' * 64}{INCOMPLETE}"
    return write(known, bytes(2_500_000)), write(strange, bytes(1_500_000))


def test_it_is_listed_with_the_way_on(partials: tuple[Path, Path], capfd: Capture) -> None:
    run(["list"])
    lines = capfd.readouterr().out.splitlines()
    at = lines.index("Unfinished: the same command goes on, models rm NAME throws away")
    names = {line.split()[0]: line for line in lines[at + 1 : at + 3]}
    assert names.keys() == {"llama-2-7b-chat:Q4_0", "hf:user/repo"}
    assert "2.50 MB since 20" in names["llama-2-7b-chat:Q4_0"]


def test_a_script_gets_it_with_its_model(partials: tuple[Path, Path], capfd: Capture) -> None:
    run(["list", "--json"])
    rows = json.loads(capfd.readouterr().out)
    left = {row["name"]: row for row in rows if row["unfinished"]}
    known, strange = left.pop("llama-2-7b-chat:Q4_0"), left.pop("hf:user/repo")
    assert not left and sum(row["name"] == known["name"] for row in rows) == 1
    (part,) = known["unfinished"]
    assert (part["path"], part["size"]) == (str(partials[0]), 2_500_000)
    assert part["modified"].startswith("20")
    assert known["size"] > 3e9 and not known["installed"]
    assert (strange["size"], strange["source"]) == (None, "hf:user/repo")
    assert strange.keys() == known.keys()
    run(["list", "--installed", "--json"])
    here = [row["name"] for row in json.loads(capfd.readouterr().out)]
    assert here[-2:] == ["llama-2-7b-chat:Q4_0", "hf:user/repo"]


@pytest.mark.parametrize("name", ["llama-2-7b-chat:q4_0", "llama-2-7b-chat"])
def test_it_goes_by_its_name(partials: tuple[Path, Path], capfd: Capture, name: str) -> None:
    assert run(["rm", "--yes", name]) == 0
    said = capfd.readouterr().err
    assert "What was left of llama-2-7b-chat:Q4_0 is gone; 2.50 MB are free." in said
    assert "Unfinished transfers take 1.50 MB; list them: llamachat models list" in said
    assert [path.exists() for path in partials] == [False, True]
    assert run(["rm", "--yes", "user/repo"]) == 0
    assert "Unfinished" not in capfd.readouterr().err
    assert not partials[1].exists()


def test_a_wrong_name_is_told_the_right_one(partials: tuple[Path, Path]) -> None:
    with pytest.raises(ModelError, match="No model 'user/rep' is installed") as refused:
        run(["rm", "--yes", "user/rep"])
    assert "Did you mean hf:user/repo?" in refused.value.hint


def test_that_the_model_of_the_settings_is_gone_is_said(tmp_path: Path, capfd: Capture) -> None:
    made = import_model(write(tmp_path / "mine.gguf"), how="copy")
    write_values({"model": str(made.path)})
    assert run(["rm", "--yes", "mine"]) == 0
    assert "llamachat config unset model" in capfd.readouterr().err
