"""What was measured is taken where it costs no room, and never against a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llamachat.bundled import BOB
from llamachat.engine.params import EngineOptions
from llamachat.engine.tuning import store
from llamachat.engine.tuning.values import Candidate, Tuning, Verdict
from llamachat.models.measured import with_measured
from llamachat.models.settle import Settled, settle_here
from tests.unit.engine.tuning.bench import OFF, ONE, Q8, SMALL, START
from tests.unit.models.test_settle import OPEN, on


def tuning(*faster: Candidate) -> Tuning:
    return Tuning("7b", "here", 0, START, tuple(Verdict(one, "?", "faster") for one in faster))


def measured(gigabytes: float, found: Tuning, options: EngineOptions = OPEN) -> Settled:
    def settle(wanted: EngineOptions) -> Settled:
        return on(gigabytes, wanted)

    return with_measured(settle(options), options, found, settle)


def test_with_room_enough_everything_is_taken() -> None:
    options = measured(16, tuning(OFF, ONE, SMALL)).options
    assert (options.flash_attention, options.threads, options.n_ubatch) == ("off", 1, 128)
    assert (options.threads_batch, options.cache_type_k) == (2, "f16")


def test_faster_kv_cache_is_taken_for_keys_and_values() -> None:
    options = measured(16, tuning(Q8)).options
    assert (options.cache_type_k, options.cache_type_v) == ("q8_0", "q8_0")


def test_where_memory_made_the_cache_small_only_threads_are_taken() -> None:
    """6 GB hold a 7B with its whole context as q8_0, which needs flash attention."""
    plain = on(6)
    assert plain.options.cache_type_k == "q8_0"
    settled = measured(6, tuning(OFF, ONE))
    assert settled.options == replace(plain.options, threads=1, threads_batch=2)
    assert settled.sentences == plain.sentences


def test_a_quantized_cache_that_was_asked_for_keeps_flash_attention() -> None:
    """Without it llama.cpp refuses quantized values."""
    asked = replace(OPEN, cache_type_k="q8_0", cache_type_v="q8_0")
    options = measured(16, tuning(OFF, ONE), asked).options
    assert (options.flash_attention, options.cache_type_v, options.threads) == ("auto", "q8_0", 1)


def test_context_never_gets_shorter_for_it() -> None:
    for gigabytes in (5.2, 5.65, 6, 6.5, 7, 8, 16):
        settled = measured(gigabytes, tuning(OFF, SMALL))
        assert settled.options.n_ctx >= on(gigabytes).options.n_ctx


def test_nothing_found_changes_nothing() -> None:
    assert measured(16, tuning()) == on(16)
    given = replace(OPEN, flash_attention="on", n_ubatch=512, threads=2)
    assert measured(16, tuning(OFF, ONE, SMALL), given) == on(16, given)


@pytest.mark.usefixtures("surveyed")
def test_what_is_remembered_of_a_model_is_loaded_here() -> None:
    assert settle_here(EngineOptions(BOB)).options.flash_attention == "auto"
    for fast in (True, False):
        store.remember(store.tuning_key(BOB, fast=fast), tuning(OFF))
    assert settle_here(EngineOptions(BOB)).options.flash_attention == "off"
    assert settle_here(EngineOptions(BOB), measured=False).options.flash_attention == "auto"
    assert settle_here(EngineOptions(BOB, flash_attention="on")).options.flash_attention == "on"
    exact = EngineOptions(BOB, deterministic=True)
    assert settle_here(exact).options.flash_attention == "auto"
