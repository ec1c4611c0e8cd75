"""What was measured is kept for exactly one machine, build and model; damage is ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from llamachat.engine.tuning import store
from llamachat.engine.tuning.values import Candidate, Figure, Tuning, Verdict
from llamachat.errors import LlamaChatError
from tests.unit.engine.tuning.bench import OFF, START

FIGURE = Figure("decode", 0.2, 0.18, 0.11, 0.02, 5)
TUNING = Tuning("a.gguf", "a machine", 1e9, START, (Verdict(OFF, "auto", "faster", (FIGURE,)),))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"GGUF" + bytes(9000))
    return path


def keep(model: Path, tuning: Tuning = TUNING) -> None:
    store.remember(store.tuning_key(model, fast=True), tuning)


def test_what_was_found_is_found_again(model: Path) -> None:
    assert store.remembered(model, fast=True) is None
    keep(model)
    assert store.remembered(model, fast=True) == TUNING
    assert TUNING.chosen == {"flash_attention": "off"}


def test_it_holds_for_one_rung_and_one_file(model: Path, tmp_path: Path) -> None:
    keep(model)
    assert store.remembered(model, fast=False) is None
    other = tmp_path / "b.gguf"
    other.write_bytes(model.read_bytes() + b".")
    assert store.remembered(other, fast=True) is None
    assert store.remembered(tmp_path / "gone.gguf", fast=True) is None


@pytest.mark.parametrize("part", ["read_cpu", "read_cores", "build_id"])
def test_it_holds_for_one_processor_quota_and_build(
    model: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(model)
    real = getattr(store, part)()
    others: dict[str, Any] = {
        "read_cpu": lambda: replace(real, model="another"),
        "read_cores": lambda: replace(real, quota=1.5),
        "build_id": lambda: "another",
    }
    monkeypatch.setattr(store, part, others[part])
    assert store.remembered(model, fast=True) is None


def damaged() -> Iterator[str]:
    whole = {"version": 1, "models": {"KEY": asdict(TUNING)}}
    yield ""
    yield "{"
    yield "[1]"
    yield "[" * 100_000
    yield json.dumps({**whole, "version": 2})
    yield json.dumps({**whole, "models": [1]})
    yield json.dumps(whole)[:-20]
    yield json.dumps(whole) + " " * store.MAX_BYTES
    for key, value in (("measured", 1e300), ("measured", -1), ("verdicts", 5), ("start", {})):
        yield json.dumps({"version": 1, "models": {"KEY": {**asdict(TUNING), key: value}}})
    text = json.dumps(whole)
    yield text.replace('"off"', '"sideways"')
    yield text.replace("0.11", "NaN")
    yield text.replace('"faster"', '"best"')


@pytest.mark.parametrize("text", damaged(), ids=lambda _: "damaged")
def test_damaged_file_counts_as_none_and_is_replaced(model: Path, text: str) -> None:
    key = store.tuning_key(model, fast=True)
    store.tuning_path().parent.mkdir(parents=True)
    store.tuning_path().write_text(text.replace("KEY", key))
    assert store.remembered(model, fast=True) is None
    keep(model)
    assert store.remembered(model, fast=True) == TUNING


@pytest.mark.parametrize(
    ("knob", "value"),
    [("threads", "0"), ("threads", "513"), ("threads", "-1"), ("threads", "٣"),
     ("threads", "9" * 99), ("n_ubatch", "1.5"), ("cache_type", "q4_0"), ("flash_attention", "")],
)  # fmt: skip
def test_impossible_values_are_never_read(model: Path, knob: str, value: str) -> None:
    keep(model)
    text = json.loads(store.tuning_path().read_text())
    key = store.tuning_key(model, fast=True)
    text["models"][key]["verdicts"][0]["candidate"] = {"knob": knob, "value": value}
    store.tuning_path().write_text(json.dumps(text))
    assert store.remembered(model, fast=True) is None


def test_the_oldest_of_many_models_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_MODELS", 2)
    for number in (1, 2, 1, 3):
        store.remember(f"key{number}", TUNING)
    assert list(store.all_remembered()) == ["key1", "key3"]


def test_some_or_all_are_forgotten(model: Path) -> None:
    keep(model)
    store.remember("other", TUNING)
    assert store.forget(["nothing"]) == 0
    assert store.forget([store.tuning_key(model, fast=True)]) == 1
    assert list(store.all_remembered()) == ["other"]
    assert store.forget() == 1
    assert store.forget() == 0


def test_file_is_replaced_whole_and_a_full_disk_is_told(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(model)
    before = store.tuning_path().read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_whole", full)
    with pytest.raises(LlamaChatError, match="No space"):
        keep(model, replace(TUNING, model="b"))
    assert store.tuning_path().read_bytes() == before


def test_knobs_that_were_looked_at_are_covered_unless_the_machine_was_busy() -> None:
    assert TUNING.covers({"flash_attention"})
    assert not TUNING.covers({"flash_attention", "threads"})
    busy = Verdict(Candidate("threads", "1"), "2", "busy", (FIGURE,))
    assert not replace(TUNING, verdicts=(*TUNING.verdicts, busy)).covers({"threads"})
    assert replace(TUNING, verdicts=(), why_not="it was skipped").covers({"threads"})
