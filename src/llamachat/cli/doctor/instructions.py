"""The three columns of the doctor: advertised, compiled in, proved to run.

Proof is an evaluation that survived with the library that has the set compiled in; for AMX one of
the tensor types that have AMX kernels, on the rung that uses them. Starts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.cli.doctor.library import Library
from llamachat.cli.doctor.rungs import Rungs
from llamachat.hardware.isa import FEATURES, Cpu, Feature, parse_system_info

AMX_TYPES = frozenset({"q4_0", "q4_1", "q8_0", "q4_K", "q5_K", "q6_K", "iq4_xs"})
"""the types llama.cpp has AMX kernels for"""

_AMX = frozenset({Feature.AMX_TILE, Feature.AMX_INT8})
_UNUSED = frozenset({Feature.AMX_BF16})
"""no kernel of llama.cpp uses it"""
_SPEEDLESS = frozenset(
    {Feature.SSE3, Feature.SSSE3, Feature.SSE42, Feature.BMI2, Feature.AMX_TILE, Feature.SME}
)
"""a build without them is as fast, or lacks another one that is named"""


@dataclass(frozen=True, slots=True)
class InstructionSet:
    name: str
    """llama.cpp's"""
    advertised: bool
    """by the processor"""
    compiled: bool | None
    """into the library; None where that is not known (llama.cpp tells of AMX tiles only with their
    INT8 products, and of SSE 4.2 not at all: it is part of every AVX build)"""
    proved: str
    """the rung whose evaluation survived, empty where none did"""
    matters: bool = True
    """a build without it would be slower"""


def judge_instructions(cpu: Cpu, library: Library, rungs: Rungs) -> tuple[InstructionSet, ...]:
    """One row for each instruction set of this architecture, from old to new."""
    compiled = parse_system_info(library.system_info)
    rows = []
    for feature in FEATURES[cpu.arch]:
        if feature in _UNUSED:
            continue
        built = _compiled(feature, compiled) if library.state == "ok" else None
        advertised = feature in cpu.features
        proved = _proof(feature, rungs) if built and advertised else ""
        matters = feature not in _SPEEDLESS
        rows.append(InstructionSet(feature.value, advertised, built, proved, matters))
    return tuple(rows)


def _compiled(feature: Feature, compiled: frozenset[Feature]) -> bool | None:
    if feature is Feature.AMX_TILE:
        return Feature.AMX_INT8 in compiled
    if feature is Feature.SSE42:
        return True if Feature.AVX in compiled else None
    return feature in compiled


def _proof(feature: Feature, rungs: Rungs) -> str:
    if feature in _AMX:
        return "fast" if rungs.survived("fast") & AMX_TYPES else ""
    return next((rung for rung in ("fast", "plain") if rungs.survived(rung)), "")
