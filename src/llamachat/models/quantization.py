"""Which quantization of a family to get: the better one, unless the other is clearly faster here.

Q4_K_M and Q4_0 are nearly equal in size. llama.cpp's own tables put the loss of perplexity at
0.18 for Q4_K_M and 0.47 for Q4_0 (Llama-3-8B, f16 6.23; tools/perplexity/README.md), so Q4_0 has
to earn its place: by speed on this processor, whose kernels differ from type to type.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.errors import LlamaChatError
from llamachat.models.catalog import Entry, family, find
from llamachat.models.speed import Speed, measured_speeds, remembered_speeds

BETTER, FASTER = "Q4_K_M", "Q4_0"
WORTH = 1.25
"""times as fast in a usual turn: below that a person hardly notices it"""


@dataclass(frozen=True, slots=True)
class Preference:
    """A file type, and why in words."""

    ftype: str
    reason: str


def preferred(*, measure: bool = True) -> Preference:
    """The type for this machine.

    Args:
        measure: take two seconds for it where nothing is remembered.
    """
    try:
        ask = measured_speeds if measure else remembered_speeds
        speeds = ask((BETTER, FASTER))
    except LlamaChatError as error:
        return Preference(BETTER, f"the more exact of the usual two; {error.message}")
    if not speeds:
        return Preference(BETTER, "the more exact of the usual two; their speed is not known yet")
    return decide(*speeds)


def decide(better: Speed, faster: Speed) -> Preference:
    """By the time of a usual turn."""
    times = better.turn / faster.turn
    if times >= WORTH:
        return Preference(
            faster.ftype,
            f"{times:.1f} times as fast here as {better.ftype}, which is a little more exact",
        )
    if times > 1.05:
        return Preference(
            better.ftype, f"more exact than {faster.ftype}, which is only {times:.2f} times as fast"
        )
    return Preference(better.ftype, f"more exact than {faster.ftype}, and about as fast here")


def best_of(name: str, *, measure: bool = True) -> tuple[Entry, str] | None:
    """The entry for a name, and why this one where the name leaves the quantization open."""
    files = {entry.ftype: entry for entry in family(name)}
    if not {BETTER, FASTER} <= files.keys():
        entry = find(name)
        return (entry, "") if entry else None
    preference = preferred(measure=measure)
    return files[preference.ftype], preference.reason
