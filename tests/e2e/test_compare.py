"""`llamachat compare` as a person runs it: two small models, a report, an interruption."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.metadata import text
from tests.e2e.conftest import PROGRAM, Run, needs_bob

HOSTILE = "<script>alert(1)</script>&\"'"
NOHUP = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
FEW = ("--chunks", "1", "--depths", "0,48", "-n", "6", "-t", "1")


@dataclass(frozen=True)
class Compared:
    """One run with everything, looked at by several tests."""

    done: subprocess.CompletedProcess[bytes]
    report: Path

    @property
    def models(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.done.stdout)["models"]
        return found


@pytest.fixture(scope="module")
def compared(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], tiny: Path
) -> Compared:
    folder = tmp_path_factory.mktemp("compare")
    hostile = folder / (HOSTILE.replace("/", "") + ".gguf")
    write_generated_llama(hostile, TINY, "q4_0", metadata={"general.name": text(HOSTILE)})
    words = [tiny, hostile, "--json", "-p", f"Why? {HOSTILE}", "-o", folder / "report", *FEW]
    done = subprocess.run(
        [*PROGRAM, "compare", *map(str, words)],
        capture_output=True,
        env=environment,
        timeout=100,
        check=False,
    )
    return Compared(done, folder / "report")


def test_every_figure_of_every_model_is_there(compared: Compared) -> None:
    assert compared.done.returncode == 0, compared.done.stderr
    for model in compared.models:
        assert model["missing"] == []
        assert model["fault"] == ""
        assert model["load"] > 0
        assert model["memory"] > model["size"]
        assert [depth["depth"] for depth in model["depths"]] == [0, 48]
        assert len(model["answers"]) == 1
        assert model["quality"]["tokens"] == 255
    assert 8 < compared.models[0]["bits"] < 9
    assert 4 < compared.models[1]["bits"] < 5


def test_the_smaller_is_held_against_the_larger(compared: Compared) -> None:
    found = json.loads(compared.done.stdout)
    larger, smaller = compared.models
    assert found["base"] == larger["label"] == "tiny"
    assert larger["quality"]["kld"] is None
    assert smaller["quality"]["kld"] > 0
    assert 0 <= smaller["quality"]["same_top"] <= 1
    assert smaller["quality"]["kld_chunks"] == 1


def test_the_story_is_told_on_standard_error(compared: Compared) -> None:
    story = compared.done.stderr.decode()
    assert "tiny: load " in story
    assert f"The report is {compared.report}" in story


def test_the_page_is_well_formed_and_needs_nothing_else(compared: Compared) -> None:
    page = (compared.report / "report.html").read_text()
    tree = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
    assert len(tree.findall(".//svg")) == 3
    assert not tree.findall(".//script")
    assert not re.search(r"https?:|src=|href=|url\(|@import", page)
    assert HOSTILE in "".join(tree.itertext())


def test_the_other_forms_are_there(compared: Compared) -> None:
    assert json.loads((compared.report / "report.json").read_text())["version"] == 1
    assert (compared.report / "report.md").read_text().startswith("# ")
    for picture in compared.report.glob("*.svg"):
        ElementTree.fromstring(picture.read_text())


def test_nothing_is_left_in_the_cache(compared: Compared, environment: dict[str, str]) -> None:
    cache = Path(environment["LLAMACHAT_HOME"]) / "cache"
    assert list(cache.glob("compare-*")) == []


def test_a_table_is_printed_for_people(run: Run, tiny: Path) -> None:
    done = run("compare", tiny, "--skip", "answers,perplexity,speed", "-t", "1")
    assert done.returncode == 0
    heading, row, *_ = done.stdout.decode().splitlines()
    assert heading.split() == [
        *("model", "size", "bits", "load", "memory", "prefill", "decode", "PPL", "KLD", "same"),
    ]
    assert row.startswith("tiny")


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGHUP, marks=pytest.mark.skipif(NOHUP, reason="run under nohup")),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_an_interruption_keeps_what_was_measured(
    environment: dict[str, str],
    tiny: Path,
    slow_model: Path,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    words = ["compare", tiny, slow_model, "--json", "-o", tmp_path, "-t", "1", "--depths", "2000"]
    with subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as program:
        assert program.stderr is not None
        while b"slow: load" not in program.stderr.readline():
            assert program.poll() is None
        program.send_signal(number)
        output, _ = program.communicate(timeout=30)
    assert program.returncode == 128 + number
    assert list((Path(environment["LLAMACHAT_HOME"]) / "cache").glob("compare-*")) == []
    found = json.loads(output)
    assert found["interrupted"]
    first, second = found["models"]
    assert second["load"] > 0
    assert "perplexity" in second["missing"]
    assert first["missing"] == ["load time", "memory", "speed", "answers", "perplexity"]
    assert "interrupted" in (tmp_path / "report.md").read_text()


def test_a_model_that_is_damaged_is_refused_first(run: Run, tiny: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(tiny.read_bytes()[:1000])
    done = run("compare", tiny, broken)
    assert done.returncode == 3
    assert b"broken.gguf" in done.stderr


def test_a_closed_folder_is_refused_first(run: Run, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("compare", tiny, "--report", tmp_path / "file" / "report")
    assert done.returncode == 2
    assert b"is no folder" in done.stderr
    assert b"load" not in done.stderr


def test_where_the_largest_fails_the_others_are_held_against_the_next(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    broken, small = tmp_path / "broken.gguf", tmp_path / "small.gguf"
    write_generated_llama(broken, TINY, "f16", metadata={"general.architecture": text("odd")})
    write_generated_llama(small, TINY, "q4_0")
    done = run("compare", small, broken, tiny, "--json", "--skip", "answers,speed", *FEW)
    assert done.returncode == 3, done.stderr
    found = json.loads(done.stdout)
    q4, failed, q8 = found["models"]
    assert failed["fault"]
    assert failed["missing"][-1] == "perplexity"
    assert found["base"] == q8["label"] == "tiny"
    assert q4["missing"] == q8["missing"] == []
    assert q4["quality"]["kld"] > 0


@pytest.mark.slow
def test_types_of_one_source_are_built_and_compared(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "source.gguf"
    write_generated_llama(source, TINY, "f16", seed=7)
    types = ("--types", "f16,q8_0,q4_0", "--skip", "answers,speed", "--json", *FEW)
    done = run("compare", source, *types)
    assert done.returncode == 0, done.stderr
    f16, q8, q4 = json.loads(done.stdout)["models"]
    assert f16["quality"]["kld"] is None
    assert q8["quality"]["kld"] < q4["quality"]["kld"]
    assert q8["quality"]["same_top"] > q4["quality"]["same_top"]
    assert not Path(q4["path"]).exists()


@pytest.mark.slow
@needs_bob
def test_models_that_cut_text_differently_are_compared_but_for_the_divergence(
    run: Run, tiny: Path
) -> None:
    done = run("compare", "bob", tiny, "--json", "-p", "Who are you?", *FEW)
    assert done.returncode == 0, done.stderr
    bob, other = json.loads(done.stdout)["models"]
    assert (bob["missing"], other["missing"]) == ([], ["KL divergence"])
    assert "Bob" in bob["answers"][0]["text"]
    assert other["quality"]["kld"] is None
    assert "other tokens" in other["remark"]
