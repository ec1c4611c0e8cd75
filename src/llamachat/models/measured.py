"""A settled choice with what was measured to be faster on this machine, where that costs no room.

A measured value never overrules a person, and never makes the context shorter or the model fit less
well. Knows what is remembered; nothing of how it was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from llamachat.engine.params import EngineOptions
from llamachat.engine.tuning.candidates import open_knobs
from llamachat.engine.tuning.store import remembered
from llamachat.engine.tuning.values import Tuning, with_tuning
from llamachat.errors import OutOfMemory

if TYPE_CHECKING:
    from llamachat.models.settle import Settled

Settle = Callable[[EngineOptions], "Settled"]


def settle_measured(options: EngineOptions, settle: Settle, *, fast: bool) -> Settled:
    """What `settle` makes of the options and of what is remembered for this model.

    Args:
        fast: the rung of the capability ladder.

    Raises:
        OutOfMemory: as `settle` does.
    """
    plain, knobs = settle(options), open_knobs(options)
    tuning = remembered(options.model, fast=fast) if knobs else None
    return plain if tuning is None else with_measured(plain, options, tuning, settle)


def with_measured(
    plain: Settled, options: EngineOptions, tuning: Tuning, settle: Settle
) -> Settled:
    """Everything that was found, or where that needs more room the number of threads alone."""
    wished = with_tuning(options, tuning, open_knobs(options))
    if wished == options:
        return plain
    try:
        other = settle(wished)
    except OutOfMemory:
        other = None
    if other is not None and _has_as_much(other, plain):
        return other
    threads = replace(plain.options, threads=wished.threads, threads_batch=wished.threads_batch)
    return replace(plain, options=threads)


def _has_as_much(other: Settled, plain: Settled) -> bool:
    """As much room; of a KV cache that memory made q8_0, the same."""
    one, two = other.options, plain.options
    made_small = "q8_0" in (two.cache_type_k, two.cache_type_v)
    return (
        other.fit in (plain.fit, "fits")
        and one.n_ctx >= two.n_ctx
        and one.load_mode == two.load_mode
        and (one.cache_type_v == "q8_0" or not made_small)
    )
