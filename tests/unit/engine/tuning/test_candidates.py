"""What is tried: only what nobody has set, and no more threads than the quota allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llamachat.engine.params import EngineOptions
from llamachat.engine.scripted import ScriptedEngine
from llamachat.engine.tuning.candidates import candidates, open_knobs, present, sensible_threads
from llamachat.engine.tuning.values import Candidate, Tuning, Verdict, with_tuning
from llamachat.hardware.cores import Cores, default_threads
from tests.unit.engine.tuning.bench import OFF, ONE, Q8, SMALL, START

MODEL = Path("a.gguf")
OPEN = EngineOptions(MODEL)
INFO = replace(
    ScriptedEngine([""]).info,
    threads=2, threads_batch=2, n_ubatch=512, cache_type_k="f16", cache_type_v="f16",
)  # fmt: skip
TWO = Cores(2, 2, 2, 2, 2)


def test_on_two_cores_with_nothing_set_everything_is_tried() -> None:
    found = candidates(OPEN, INFO, TWO)
    assert found == (
        ONE, OFF, Candidate("threads_batch", "1"), Candidate("n_ubatch", "256"), SMALL, Q8,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "closed"),
    [
        ({"threads": 2}, {"threads", "threads_batch"}),
        ({"threads_batch": 2}, {"threads_batch"}),
        ({"n_ubatch": 512}, {"n_ubatch"}),
        ({"flash_attention": "on"}, {"flash_attention", "cache_type"}),
        ({"cache_type_k": "f16"}, {"cache_type"}),
        ({"cache_type_v": "f16"}, {"cache_type"}),
        ({"cache_type_v": "q8_0"}, {"cache_type", "flash_attention"}),
    ],
)
def test_what_a_person_has_set_is_not_tried(given: dict[str, Any], closed: set[str]) -> None:
    options = EngineOptions(MODEL, **given)
    assert set(open_knobs(OPEN)) - set(open_knobs(options)) == closed
    assert not {one.knob for one in candidates(options, INFO, TWO)} & closed


def test_bits_that_must_not_change_and_graphics_cards_leave_nothing_open() -> None:
    assert open_knobs(replace(OPEN, deterministic=True)) == ()
    assert open_knobs(replace(OPEN, n_gpu_layers=1)) == ()


def test_what_is_loaded_already_is_not_tried() -> None:
    small = replace(INFO, n_ubatch=128, cache_type_k="q8_0", cache_type_v="q8_0")
    assert {one.knob for one in candidates(OPEN, small, TWO)} == {"threads", "threads_batch"}
    assert candidates(EngineOptions(MODEL, threads=1), small, TWO) == ()


@pytest.mark.parametrize(
    ("cores", "expected"),
    [
        (Cores(1, 1, 1, 1, 1), {1}),
        (Cores(16, 8, 8, 16, 8), {4, 8, 16}),
        (Cores(20, 14, 6, 20, 6), {3, 6, 14, 20}),
        (Cores(64, 32, 32, 64, 32, quota=4.5), {2, 4}),
        (Cores(8, 8, 8, 8, 8, quota=0.5), {1}),
        (Cores(64, 32, 32, 3, 3), {1, 3}),
    ],
)
def test_threads_that_make_sense(cores: Cores, expected: set[int]) -> None:
    found = sensible_threads(cores)
    assert set(found) == expected
    assert found[0] == default_threads(cores)


def tuning(*faster: Candidate) -> Tuning:
    return Tuning("a", "b", 0, START, tuple(Verdict(one, "?", "faster") for one in faster))


def test_what_was_found_fills_what_is_open() -> None:
    found = tuning(ONE, OFF, SMALL)
    options = with_tuning(OPEN, found, open_knobs(OPEN))
    assert (options.threads, options.threads_batch) == (1, 2)
    assert (options.flash_attention, options.n_ubatch) == ("off", 128)
    given = EngineOptions(MODEL, threads=2, flash_attention="on", n_ubatch=512)
    assert with_tuning(given, found, open_knobs(given)) == given


def test_kv_cache_is_chosen_for_keys_and_values() -> None:
    options = with_tuning(OPEN, tuning(Q8), open_knobs(OPEN))
    assert (options.cache_type_k, options.cache_type_v) == ("q8_0", "q8_0")


def test_later_and_better_value_of_one_knob_holds() -> None:
    found = tuning(Candidate("n_ubatch", "256"), SMALL)
    assert with_tuning(OPEN, found, open_knobs(OPEN)).n_ubatch == 128


def test_present_setup_is_what_is_loaded() -> None:
    assert present(OPEN, INFO) == START
