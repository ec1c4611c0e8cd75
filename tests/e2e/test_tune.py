"""`llamachat tune` as a person runs it, and what comes of it at the next start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import know_processor
from tests.e2e.conftest import Finished, Run

QUICK = ("--seconds", "1", "--anyway")


@pytest.fixture
def own(run: Run, tmp_path: Path, survey: bytes) -> Run:
    """Runs in a home of this test."""
    know_processor(tmp_path, survey)

    def own(*argv: str | Path, stdin: bytes | None = None, **environ: str) -> Finished:
        return run(*argv, stdin=stdin, **({"LLAMACHAT_HOME": str(tmp_path)} | environ))

    return own


def shown(own: Run, *argv: str | Path) -> list[dict[str, Any]]:
    done = own("tune", "--show", "--json", *argv)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_model_is_measured_shown_and_forgotten(own: Run, speaker: Path) -> None:
    assert shown(own) == []
    done = own("tune", speaker, *QUICK)
    assert done.returncode == 0, done.stderr
    table = done.stdout.decode()
    for words in (speaker.name, "flash attention off", "micro-batch 128", "KV cache q8_0"):
        assert words in table
    (tuning,) = shown(own, speaker)
    assert {v["candidate"]["knob"] for v in tuning["verdicts"]} == {
        "flash_attention", "n_ubatch", "cache_type",
    }  # fmt: skip
    assert tuning["start"]["threads"] == 1  # of LLAMA_ARG_THREADS, which is not measured
    assert own("tune", "--show").stdout == table.encode()
    forgotten = own("tune", "--forget", speaker)
    assert b"1 model" in forgotten.stderr
    assert shown(own) == []


@pytest.mark.slow
def test_what_was_found_is_loaded_and_gives_way_to_flags(
    own: Run, tiny: Path, tmp_path: Path
) -> None:
    assert own("tune", tiny, *QUICK).returncode == 0
    path = tmp_path / "cache" / "tuning.json"
    text = json.loads(path.read_text())
    (tuning,) = text["models"].values()
    for verdict in tuning["verdicts"]:
        is_small = verdict["candidate"] == {"knob": "n_ubatch", "value": "128"}
        verdict["outcome"] = "faster" if is_small else "no faster"
    path.write_text(json.dumps(text))
    asked = ("-m", tiny, "-p", "Hello", "-n", "1", "-v")
    assert b"n_ubatch              = 128" in own(*asked).stderr
    assert b"n_ubatch              = 512" in own(*asked, "-ub", "512").stderr
    assert b"n_ubatch              = 512" in own(*asked, "--deterministic").stderr
    path.write_text("{")
    assert b"n_ubatch              = 512" in own(*asked).stderr


def test_where_everything_is_set_there_is_nothing_to_measure(own: Run, tiny: Path) -> None:
    done = own(
        "tune", tiny, LLAMA_ARG_FLASH_ATTN="on", LLAMA_ARG_UBATCH="64", LLAMA_ARG_THREADS="1"
    )
    assert done.returncode == 2
    assert b"set already" in done.stderr
    assert own("tune", "nothing-of-that-name").returncode == 3
    assert own("tune", tiny, "--seconds", "0").returncode == 2
