"""Decides how to build the engine: from what was proved to run to CMake arguments and reasons.

Pure: no compiler, no processor, no files. Every combination can be decided from a record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from llamachat.hardware.isa import FEATURES, Arch, Feature
from llamachat.install.probe import Outcome, ProbeResult

DECISION_RECORD = "docs/decisions/0001-probe-before-building-the-engine.md"

_X86_OFF: dict[Feature, str] = {
    Feature.AVX: "-mno-avx",
    Feature.AVX2: "-mno-avx2",
    Feature.FMA: "-mno-fma",
    Feature.F16C: "-mno-f16c",
    Feature.BMI2: "-mno-bmi2",
    Feature.AVX_VNNI: "-mno-avxvnni",
    Feature.AVX512: "-mno-avx512f",
    Feature.AVX512_VBMI: "-mno-avx512vbmi",
    Feature.AVX512_VNNI: "-mno-avx512vnni",
    Feature.AVX512_BF16: "-mno-avx512bf16",
    Feature.AMX_TILE: "-mno-amx-tile",
    Feature.AMX_INT8: "-mno-amx-int8",
    Feature.AMX_BF16: "-mno-amx-bf16",
}
_ARM_TAGS: dict[Feature, str] = {
    Feature.FP16_VA: "fp16",
    Feature.DOTPROD: "dotprod",
    Feature.MATMUL_INT8: "i8mm",
    Feature.SVE: "sve",
}
_NATIVE = "-DGGML_NATIVE=ON"
"""Said aloud, since SOURCE_DATE_EPOCH in the environment would turn the default off."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the decision rests on."""

    arch: Arch
    compiler: str
    advertised: frozenset[Feature]
    native: frozenset[Feature]
    """What the compiler would use when told to build for the native processor."""
    results: tuple[ProbeResult, ...]

    @property
    def proved(self) -> frozenset[Feature]:
        return frozenset(r.feature for r in self.results if r.outcome is Outcome.RUNS)


@dataclass(frozen=True, slots=True)
class Decision:
    options: tuple[str, ...]
    """CMake arguments about the instruction set."""
    compile_flags: tuple[str, ...]
    """Added to the flags of both C and C++."""
    reasons: tuple[str, ...]
    """Plain sentences for a person."""


def decide(findings: Findings) -> Decision:
    """The flags that use all that runs and nothing that does not."""
    if not findings.results:
        reason = f"{findings.compiler}: nothing could be probed; building for the native processor"
        return Decision((_NATIVE,), (), (reason,))
    if findings.arch is Arch.ARM64:
        return _decide_arm(findings)
    return _decide_x86(findings)


def _decide_x86(findings: Findings) -> Decision:
    used = [result for result in findings.results if result.feature in findings.native]
    dead = [result for result in used if result.outcome is not Outcome.RUNS]
    remedied = [result for result in used if result.remedy]
    remedies = _unique(flag for result in remedied for flag in result.remedy)
    off = tuple(_X86_OFF[result.feature] for result in dead)
    alive = [result.feature for result in used if result.outcome is Outcome.RUNS]
    reasons = [f"{findings.compiler}: -march=native; proved to run: {_names(alive)}"]
    if remedied:
        names = _family([result.feature for result in remedied])
        cause = remedied[0].without_remedy
        reasons.append(
            f"{findings.compiler} + {names}: adding {' '.join(remedies)}, "
            f"see {DECISION_RECORD} (without it: {cause})"
        )
    reasons += [
        f"{result.feature}: {result.outcome}; adding {flag}"
        for result, flag in zip(dead, off, strict=True)
    ]
    return Decision((_NATIVE,), (*remedies, *off), (*reasons, *_unused(findings)))


def _decide_arm(findings: Findings) -> Decision:
    """llama.cpp's CMake makes its own probes on ARM; ours overrule it where they disagree."""
    wanted = (findings.native | findings.advertised) & (set(_ARM_TAGS) | {Feature.SME})
    harmless = (Outcome.RUNS, Outcome.NOT_COMPILED)
    dead = [r for r in findings.results if r.feature in wanted and r.outcome not in harmless]
    proved = f"{findings.compiler}: proved to run: {_names(findings.proved & _all_arm())}"
    if not dead:
        return Decision((_NATIVE,), (), (f"{proved}; -mcpu=native", *_unused(findings)))
    tags = [tag for feature, tag in _ARM_TAGS.items() if feature in findings.proved & wanted]
    tags += [f"no{_ARM_TAGS[r.feature]}" for r in dead if r.feature in _ARM_TAGS]
    base = "armv8.2-a" if findings.proved & set(_ARM_TAGS) else "armv8-a"
    arch = "+".join([base, *tags])
    reasons = [f"{r.feature}: {r.outcome}; building for {arch} instead of native" for r in dead]
    options = ("-DGGML_NATIVE=OFF", f"-DGGML_CPU_ARM_ARCH={arch}")
    return Decision(options, (), (proved, *reasons, *_unused(findings)))


def _unused(findings: Findings) -> tuple[str, ...]:
    """What the processor has and the compiler is too old for."""
    probed = {result.feature for result in findings.results}
    idle = (findings.advertised & probed) - findings.native - findings.proved
    if not idle:
        return ()
    return (f"{findings.compiler} does not know {_names(idle)}, a newer compiler might be faster",)


def _names(features: Collection[Feature]) -> str:
    """From old to new, as `Feature` lists them."""
    present = [feature for feature in Feature if feature in features]
    return ", ".join(present) or "nothing beyond the baseline"


def _family(features: Collection[Feature]) -> str:
    families = _unique(feature.partition("_")[0] for feature in features)
    return ", ".join(families)


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def _all_arm() -> frozenset[Feature]:
    return frozenset(FEATURES[Arch.ARM64])
