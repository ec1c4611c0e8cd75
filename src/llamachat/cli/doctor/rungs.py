"""Which rung of the capability ladder each kind of weights runs on here, and why.

The ladder evaluates tiny models in children; this only reads what it found. Knows no instruction
set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from llamachat.engine.survey import RungResult


@dataclass(frozen=True, slots=True)
class Rungs:
    in_use: Literal["fast", "plain", "none", "unknown"]
    """the best rung that any tensor type runs on"""
    reason: str
    results: tuple[RungResult, ...] = ()
    lowered: dict[str, str] = field(default_factory=dict)
    """tensor types that run on the plain rung only, and why"""
    failed: dict[str, str] = field(default_factory=dict)
    """tensor types that run on no rung, and why"""

    def survived(self, rung: str) -> frozenset[str]:
        """Tensor types that ran on the rung and came out right."""
        return frozenset(
            result.tensor_type
            for result in self.results
            if result.rung == rung and result.outcome == "ok"
        )


NOT_TRIED = Rungs("unknown", "not tried: the engine cannot be loaded")


def judge_rungs(results: tuple[RungResult, ...], given_up: Mapping[str, str]) -> Rungs:
    """What the survey's results mean together.

    Args:
        results: of every tensor type on both rungs.
        given_up: tensor type → why its fast rung was lowered in use, after the survey.
    """
    troubles = {(r.rung, r.tensor_type): _trouble(r) for r in results if r.outcome != "ok"}
    kinds = list(dict.fromkeys(result.tensor_type for result in results))
    failed = {kind: troubles["plain", kind] for kind in kinds if ("plain", kind) in troubles}
    lowered = {
        kind: troubles.get(("fast", kind)) or f"died in use: {given_up[kind]}"
        for kind in kinds
        if kind not in failed and (("fast", kind) in troubles or kind in given_up)
    }
    fast = [kind for kind in kinds if kind not in failed and kind not in lowered]
    if fast:
        some = f"all {len(kinds)}" if fast == kinds else f"{len(fast)} of {len(kinds)}"
        reason = f"{some} tensor types were evaluated on it in a child and came out right"
        return Rungs("fast", reason, results, lowered, failed)
    if lowered:
        return Rungs("plain", "no tensor type survived on the fast rung", results, lowered, failed)
    return Rungs("none", "no tensor type survived on any rung", results, lowered, failed)


def _trouble(result: RungResult) -> str:
    return f"{result.outcome} ({result.detail})" if result.detail else result.outcome
