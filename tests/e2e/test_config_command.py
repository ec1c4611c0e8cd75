"""The settings file as a person meets it: written by command, heard by every mode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import know_processor
from tests.e2e.conftest import Finished, Run

NEEDY = 'preamble = "Into ${language}."\n[variables]\nlanguage = {}\n'


@pytest.fixture
def own(run: Run, tmp_path: Path, survey: bytes) -> Run:
    """Runs in a home of this test."""
    know_processor(tmp_path, survey)

    def own(*argv: str | Path, stdin: bytes | None = None, **environ: str) -> Finished:
        return run(*argv, stdin=stdin, **({"LLAMACHAT_HOME": str(tmp_path)} | environ))

    return own


def test_settings_hold_for_one_answer_and_give_way_to_flags(own: Run, tiny: Path) -> None:
    for pair in (("model", tiny), ("n_predict", "3"), ("temp", "0"), ("n_ctx", "256")):
        done = own("config", "set", *pair)
        assert (done.returncode, done.stdout) == (0, b""), done.stderr
    answer = json.loads(own("-p", "Hello", "--json").stdout)
    assert answer["tokens"]["generated"] == 3
    assert answer["model"]["path"] == str(tiny)
    answer = json.loads(own("-p", "Hello", "--json", "-n", "2").stdout)
    assert answer["tokens"]["generated"] == 2
    shown = json.loads(own("config", "show", "--json", LLAMA_ARG_CTX_SIZE="64").stdout)["settings"]
    assert shown["engine.n_ctx"] == {"value": 64, "from": "LLAMA_ARG_CTX_SIZE"}
    assert shown["n_predict"]["value"] == 3


def test_prompt_template_that_needs_values_does_not_stop_single_answers(
    own: Run, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "config" / "prompts").mkdir(parents=True)
    (tmp_path / "config" / "prompts" / "needy.toml").write_text(NEEDY)
    assert own("config", "set", "prompt_template", "needy").returncode == 0
    assert own("-m", tiny, "-p", "Hello", "-n", "2").returncode == 0
    refused = own("-m", tiny, "--plain", "-n", "2", stdin=b"Hello\n")
    assert refused.returncode == 2
    assert b"needs values for language" in refused.stderr
    spoken = own("-m", tiny, "--plain", "-n", "2", "--set", "language=French", stdin=b"Hello\n")
    assert spoken.returncode == 0, spoken.stderr


def test_broken_settings_stop_all_but_what_mends_them(own: Run, tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "config" / "config.toml"
    path.parent.mkdir()
    path.write_text("# mine\n[sampling]\ntemp = 'hot'\n")
    for argv in (("-p", "Hello"), ("--plain",), ("config", "show")):
        done = own("-m", tiny, *argv) if argv[0] != "config" else own(*argv)
        assert done.returncode == 2
        assert done.stdout == b""
        assert (
            f"llamachat: {path}, line 3, column 1: temp must be a number.".encode() in done.stderr
        )
        assert b"llamachat config edit" in done.stderr
    for argv in (("--help",), ("--version",), ("config", "path"), ("config", "--help")):
        assert own(*argv).returncode == 0
    assert own("config", "edit", VISUAL="true").returncode == 2
    assert own("config", "set", "temp", "0.5").returncode == 0
    assert path.read_text() == "# mine\n[sampling]\ntemp = 0.5\n"
    assert own("-m", tiny, "-p", "Hello", "-n", "2").returncode == 0
