"""How a request's turn at the engine ended: counted, and told where its client had left by then.

An engine that heeds no cancel is killed half a minute after the line of its request was said. Knows
no endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.engine.base import Done
from llamachat.errors import EngineDied
from llamachat.serve.metrics import Metrics
from llamachat.serve.service import Notes


@dataclass(frozen=True, slots=True)
class Ending:
    """Hears how one turn ended, whether somebody read of it or not."""

    notes: Notes
    metrics: Metrics

    def __call__(self, last: object, fault: BaseException | None) -> None:
        """`last` is what came last of the engine's stream, `fault` what was raised instead."""
        if isinstance(last, Done):
            self.notes.done = last
            self.metrics.answered(last)
            fault = last.fault
        if isinstance(fault, EngineDied):
            self.metrics.died(fault)
            self.notes.remember(str(fault))
