"""The build flags follow from recorded findings: all that runs is used, nothing else is."""

from __future__ import annotations

from llamachat.hardware.isa import Arch, Feature
from llamachat.install.flags import DECISION_RECORD, Findings, decide
from llamachat.install.probe import PROBES, Outcome, ProbeResult

AMX = frozenset({Feature.AMX_TILE, Feature.AMX_INT8, Feature.AMX_BF16})
X86 = frozenset(probe.feature for probe in PROBES[Arch.X86_64])
ARM = frozenset(probe.feature for probe in PROBES[Arch.ARM64])
NATIVE = "-DGGML_NATIVE=ON"


def findings(
    arch: Arch,
    present: frozenset[Feature],
    *special: ProbeResult,
    native: frozenset[Feature] | None = None,
    compiler: str = "GCC 12.2.0",
) -> Findings:
    """What a processor with `present` gives, but for the `special` results."""
    results = {
        probe.feature: ProbeResult(
            probe.feature,
            Outcome.RUNS if probe.feature in present else Outcome.ILLEGAL_INSTRUCTION,
        )
        for probe in PROBES[arch]
    }
    results |= {result.feature: result for result in special}
    used = present if native is None else native
    return Findings(arch, compiler, present, used, tuple(results.values()))


def needs_no_dse(feature: Feature) -> ProbeResult:
    return ProbeResult(feature, Outcome.RUNS, ("-fno-dse",), Outcome.SEGMENTATION_FAULT)


def test_amx_that_needs_no_dse_gets_it_once_and_the_record_is_named() -> None:
    decision = decide(findings(Arch.X86_64, X86, *map(needs_no_dse, sorted(AMX))))
    assert decision.options == (NATIVE,)
    assert decision.compile_flags == ("-fno-dse",)
    assert decision.reasons[1] == (
        f"GCC 12.2.0 + AMX: adding -fno-dse, see {DECISION_RECORD} "
        "(without it: segmentation fault (SIGSEGV))"
    )


def test_amx_that_nothing_helps_is_switched_off() -> None:
    dead = [ProbeResult(feature, Outcome.SEGMENTATION_FAULT) for feature in sorted(AMX)]
    decision = decide(findings(Arch.X86_64, X86, *dead))
    assert set(decision.compile_flags) == {"-mno-amx-tile", "-mno-amx-int8", "-mno-amx-bf16"}
    assert "AMX_INT8: segmentation fault (SIGSEGV); adding -mno-amx-int8" in decision.reasons


def test_amx_that_the_kernel_refuses_is_switched_off() -> None:
    refused = [ProbeResult(feature, Outcome.REFUSED) for feature in sorted(AMX)]
    decision = decide(findings(Arch.X86_64, X86, *refused))
    assert "-mno-amx-int8" in decision.compile_flags


def test_amx_that_runs_needs_no_flag() -> None:
    decision = decide(findings(Arch.X86_64, X86, compiler="clang 19.1.7"))
    assert decision.compile_flags == ()
    assert "AMX_INT8" in decision.reasons[0]


def test_processor_without_amx_keeps_the_default() -> None:
    decision = decide(findings(Arch.X86_64, X86 - AMX))
    assert decision.options == (NATIVE,)
    assert decision.compile_flags == ()
    assert len(decision.reasons) == 1


def test_remedy_is_not_added_for_what_the_compiler_does_not_use() -> None:
    found = findings(Arch.X86_64, X86, *map(needs_no_dse, sorted(AMX)), native=X86 - AMX)
    assert decide(found).compile_flags == ()


def test_every_x86_feature_that_dies_is_switched_off() -> None:
    for feature in X86:
        dead = ProbeResult(feature, Outcome.ILLEGAL_INSTRUCTION)
        (flag,) = decide(findings(Arch.X86_64, X86, dead)).compile_flags
        assert flag.startswith("-mno-")


def test_wrong_result_counts_as_dead() -> None:
    wrong = ProbeResult(Feature.AVX512_BF16, Outcome.WRONG_RESULT)
    decision = decide(findings(Arch.X86_64, X86 - AMX, wrong))
    assert decision.compile_flags == ("-mno-avx512bf16",)


def test_x86_feature_that_can_not_be_assembled_is_switched_off() -> None:
    broken = ProbeResult(Feature.AVX_VNNI, Outcome.NOT_COMPILED)
    decision = decide(findings(Arch.X86_64, X86 - AMX, broken))
    assert decision.compile_flags == ("-mno-avxvnni",)


def test_compiler_older_than_the_processor_is_told() -> None:
    unknown = [ProbeResult(feature, Outcome.NOT_COMPILED) for feature in sorted(AMX)]
    found = findings(Arch.X86_64, X86, *unknown, native=X86 - AMX, compiler="GCC 10.2.1")
    decision = decide(found)
    assert decision.compile_flags == ()
    assert decision.reasons[-1].startswith("GCC 10.2.1 does not know AMX_TILE, AMX_INT8, AMX_BF16")


def test_arm_keeps_the_default_where_all_that_is_advertised_runs() -> None:
    for present in (frozenset({Feature.NEON}), ARM):
        decision = decide(findings(Arch.ARM64, present))
        assert decision.options == (NATIVE,)
        assert decision.compile_flags == ()


def test_arm_feature_that_dies_is_named_with_no() -> None:
    dead = ProbeResult(Feature.SVE, Outcome.ILLEGAL_INSTRUCTION)
    decision = decide(findings(Arch.ARM64, ARM - {Feature.SME}, dead))
    assert decision.options == (
        "-DGGML_NATIVE=OFF",
        "-DGGML_CPU_ARM_ARCH=armv8.2-a+fp16+dotprod+i8mm+nosve",
    )


def test_arm_where_nothing_but_neon_runs_is_built_for_armv8() -> None:
    present = frozenset({Feature.NEON, Feature.DOTPROD})
    dead = ProbeResult(Feature.DOTPROD, Outcome.ILLEGAL_INSTRUCTION)
    decision = decide(findings(Arch.ARM64, present, dead))
    assert decision.options[1] == "-DGGML_CPU_ARM_ARCH=armv8-a+nodotprod"


def test_arm_compiler_that_does_not_know_a_feature_keeps_the_default() -> None:
    unknown = ProbeResult(Feature.MATMUL_INT8, Outcome.NOT_COMPILED)
    found = findings(Arch.ARM64, ARM, unknown, native=ARM - {Feature.MATMUL_INT8})
    decision = decide(found)
    assert decision.options == (NATIVE,)
    assert "does not know MATMUL_INT8" in decision.reasons[-1]


def test_nothing_probed_builds_natively_and_says_so() -> None:
    for arch in Arch:
        decision = decide(Findings(arch, "GCC 14.1.0", frozenset(), frozenset(), ()))
        assert decision.options == (NATIVE,)
        assert "nothing could be probed" in decision.reasons[0]
