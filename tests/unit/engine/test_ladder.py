"""The capability ladder: which rung a model gets, what lowers it, and what is remembered."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.engine import ladder as module
from llamachat.engine.ladder import MAX_MACHINES, Ladder, ladder_path
from llamachat.engine.params import EngineOptions
from llamachat.engine.survey import RungResult
from llamachat.errors import EngineDied, UnsupportedCPU

FINE = tuple(
    RungResult(rung, name, "ok", "1e-07")
    for name in ("q4_0", "q6_K", "f32")
    for rung in ("plain", "fast")
)
OPTIONS = EngineOptions(Path("m.gguf"))


def results(*changed: RungResult) -> tuple[RungResult, ...]:
    """All fine but for these."""
    by_place = {(r.rung, r.tensor_type): r for r in (*FINE, *changed)}
    return tuple(by_place.values())


@pytest.fixture
def surveys(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Surveys that find everything fine; how many threads each had."""
    seen: list[int] = []

    def fine(threads: int) -> tuple[RungResult, ...]:
        seen.append(threads)
        return FINE

    monkeypatch.setattr(module, "run_survey", fine)
    return seen


def test_types_that_were_proved_run_on_the_fast_rung() -> None:
    assert Ladder(FINE, {}).choose({"q4_0", "f32"}).rung == "fast"


def test_one_type_whose_fast_kernels_die_takes_the_model_down_a_rung() -> None:
    ladder = Ladder(results(RungResult("fast", "q6_K", "crashed", "SIGILL")), {})
    choice = ladder.choose({"q4_0", "q6_K"})
    assert choice.rung == "plain"
    assert "q6_K" in choice.reason
    assert "SIGILL" in choice.reason
    assert ladder.choose({"q4_0"}).rung == "fast"


def test_wrong_numbers_are_as_bad_as_a_crash() -> None:
    ladder = Ladder(results(RungResult("fast", "q4_0", "wrong", "0.7")), {})
    assert ladder.choose({"q4_0"}).rung == "plain"


def test_a_type_that_no_survey_tried_is_not_trusted_to_the_fast_rung() -> None:
    choice = Ladder(FINE, {}).choose({"q4_0", "mxfp4"})
    assert choice.rung == "plain"
    assert "mxfp4" in choice.reason


@pytest.mark.parametrize("outcome", ["crashed", "wrong"])
def test_a_type_that_fails_on_the_plain_rung_is_an_unsupported_cpu(outcome: str) -> None:
    broken = RungResult("plain", "q6_K", outcome, "SIGILL")  # type: ignore[arg-type]
    ladder = Ladder(results(broken), {})
    with pytest.raises(UnsupportedCPU, match="q6_K") as refused:
        ladder.choose({"q4_0", "q6_K"})
    assert "llamachat doctor --rebuild" in refused.value.hint
    assert ladder.choose({"q4_0"}).rung == "fast"


@pytest.mark.parametrize("signal", [4, 7, 8, 11])
def test_a_processor_fault_lowers_the_rung_of_the_models_types_for_good(
    surveys: list[int], signal: int
) -> None:
    ladder = Ladder.open(2)
    after = ladder.after_death({"q4_0", "f32"}, OPTIONS, EngineDied("died", signal=signal))
    assert after == replace(OPTIONS, extra_buffers=False)
    again = Ladder.open(2)
    assert again.choose({"q4_0"}).rung == "plain"
    assert "SIG" in again.choose({"q4_0"}).reason
    assert again.choose({"q6_K"}).rung == "fast"
    assert surveys == [2]


@pytest.mark.parametrize("signal", [0, 6, 9, 15])
def test_another_death_lowers_nothing(surveys: list[int], signal: int) -> None:
    ladder = Ladder.open(2)
    death = EngineDied("died", signal=signal)
    assert ladder.after_death({"q4_0"}, OPTIONS, death) == OPTIONS
    assert Ladder.open(2).choose({"q4_0"}).rung == "fast"


def test_a_fault_on_the_plain_rung_changes_nothing(surveys: list[int]) -> None:
    ladder = Ladder.open(2)
    plain = replace(OPTIONS, extra_buffers=False)
    assert ladder.after_death({"q4_0"}, plain, EngineDied("died", signal=11)) == plain
    assert not ladder.lowered


def test_what_was_found_is_remembered_per_machine_build_and_threads(
    surveys: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    Ladder.open(2)
    Ladder.open(2)
    Ladder.open(4)
    monkeypatch.setattr(module, "build_id", lambda: "another build")
    Ladder.open(2)
    assert surveys == [2, 4, 2]


def test_asking_for_a_fresh_survey_forgets_what_was_lowered(surveys: list[int]) -> None:
    Ladder.open(2).lower({"q4_0"}, "it died")
    assert Ladder.open(2, fresh=True).choose({"q4_0"}).rung == "fast"
    assert Ladder.open(2).choose({"q4_0"}).rung == "fast"
    assert surveys == [2, 2]


def test_two_processes_that_lower_do_not_undo_each_other(surveys: list[int]) -> None:
    first, second = Ladder.open(2), Ladder.open(2)
    first.lower({"q4_0"}, "first")
    second.lower({"q6_K"}, "second")
    assert Ladder.open(2).lowered == {"q4_0": "first", "q6_K": "second"}


def test_only_the_last_machines_are_kept(
    surveys: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MAX_MACHINES + 3):
        monkeypatch.setattr(module, "build_id", lambda number=number: f"build {number}")
        Ladder.open(1)
    assert len(json.loads(ladder_path().read_text())["machines"]) == MAX_MACHINES
    Ladder.open(1)
    assert len(surveys) == MAX_MACHINES + 3


def damage(found: dict[str, object], key: str) -> list[object]:
    """Everything that may have become of the file."""
    one = {"rung": "fast", "tensor_type": "q4_0", "outcome": "ok"}
    machine: list[object] = [
        None,
        7,
        {},
        {"results": []},
        {"results": 7, "lowered": {}},
        {"results": [one], "lowered": []},
        {"results": [7], "lowered": {}},
        {"results": [{**one, "rung": "rapid"}], "lowered": {}},
        {"results": [{**one, "more": 1}], "lowered": {}},
        {"results": [{"rung": "fast"}], "lowered": {}},
    ]
    whole: list[object] = [None, 7, [], {}, {"version": 1}, {"version": 1, "machines": [1]}]
    other = {**found, "version": 99}
    return [*whole, other, *({"version": 1, "machines": {key: item}} for item in machine)]


def test_a_damaged_file_counts_as_none(surveys: list[int]) -> None:
    Ladder.open(2)
    found = json.loads(ladder_path().read_text())
    key = next(iter(found["machines"]))
    texts = [json.dumps(item) for item in damage(found, key)]
    for number, text in enumerate([*texts, "", "{", "[" * 100_000], start=2):
        ladder_path().write_text(text)
        assert Ladder.open(2).choose({"q4_0"}).rung == "fast", text[:99]
        assert len(surveys) == number, text[:99]
        assert json.loads(ladder_path().read_text()) == found


def test_a_file_that_cannot_be_written_is_no_obstacle(surveys: list[int], home: Path) -> None:
    home.mkdir()
    (home / "cache").write_text("a file where a folder should be")
    ladder = Ladder.open(2)
    ladder.lower({"q4_0"}, "it died")
    assert ladder.choose({"q4_0"}).rung == "plain"


def test_nothing_is_left_beside_the_file(surveys: list[int]) -> None:
    Ladder.open(2).lower({"q4_0"}, "it died")
    assert [path.name for path in ladder_path().parent.iterdir()] == [ladder_path().name]
