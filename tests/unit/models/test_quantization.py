"""The usual quantization is the better one, unless the other is clearly faster here."""

from __future__ import annotations

import subprocess

import pytest

from llamachat.errors import EngineError
from llamachat.models import quantization, speed
from llamachat.models.quantization import best_of, decide, preferred
from llamachat.models.speed import Speed, measured_speeds, remembered_speeds, speed_path

BOTH = ("Q4_K_M", "Q4_0")


def speeds(read: float, write: float) -> tuple[Speed, Speed]:
    """So many times as fast with Q4_0."""
    return Speed("Q4_K_M", 0.001 * read, 0.004 * write), Speed("Q4_0", 0.001, 0.004)


@pytest.mark.parametrize(
    ("times", "ftype", "reason"),
    [
        ((1.0, 1.0), "Q4_K_M", "more exact than Q4_0, and about as fast here"),
        ((0.5, 0.9), "Q4_K_M", "more exact than Q4_0, and about as fast here"),
        ((1.1, 1.1), "Q4_K_M", "more exact than Q4_0, which is only 1.10 times as fast"),
        ((2.0, 1.4), "Q4_0", "1.6 times as fast here as Q4_K_M, which is a little more exact"),
    ],
)
def test_only_a_clear_lead_decides_for_the_less_exact(
    times: tuple[float, float], ftype: str, reason: str
) -> None:
    choice = decide(*speeds(*times))
    assert (choice.ftype, choice.reason) == (ftype, reason)


def test_speeds_are_measured_by_the_engine_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert remembered_speeds(BOTH) == ()
    assert "not known yet" in preferred(measure=False).reason
    measured = measured_speeds(BOTH)
    assert [found.ftype for found in measured] == [*BOTH]
    assert all(0 < found.read < found.write < 10 for found in measured)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(subprocess, "run", never)
    assert measured_speeds(BOTH) == remembered_speeds(BOTH) == measured
    monkeypatch.setattr(speed, "build_id", lambda: "another build")
    assert remembered_speeds(BOTH) == ()


def test_a_damaged_memory_is_none() -> None:
    speed_path().parent.mkdir(parents=True)
    for text in ("", "{", '{"format": 1}', '{"format": 1, "machine": 1, "speeds": {}}'):
        speed_path().write_text(text)
        assert remembered_speeds(BOTH) == ()


def test_without_an_engine_the_better_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> tuple[Speed, ...]:
        raise EngineError("The engine is not installed.")

    monkeypatch.setattr(quantization, "measured_speeds", missing)
    choice = preferred()
    assert choice.ftype == "Q4_K_M" and "not installed" in choice.reason


def test_a_family_gets_the_preferred_type_and_a_full_name_what_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quantization, "measured_speeds", lambda _: speeds(2, 2))
    family, full, only = (
        best_of("llama-2-7b-chat"),
        best_of("llama-2-7b-chat:Q6_K"),
        best_of("tinyllama-1.1b-chat"),
    )
    assert family is not None and full is not None and only is not None
    assert family[0].ftype == "Q4_0" and "times as fast" in family[1]
    assert (full[0].ftype, full[1]) == ("Q6_K", "")
    assert (only[0].ftype, only[1]) == ("Q4_K_M", "")
    assert best_of("nobody") is None
