"""Detector and probes on processors that this machine is not, under qemu's user emulation.

On each one the detector says what the processor has, each probe of a feature that is there
runs, each other one dies of SIGILL and is recognised, and the flags follow.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet

from llamachat.hardware.isa import FEATURES, Arch, Feature
from llamachat.install.compiler import find_toolchain
from llamachat.install.flags import Findings, decide
from llamachat.install.probe import Bench, Outcome
from llamachat.install.survey import examine

CROSS_GCC = "aarch64-linux-gnu-gcc"

needs_qemu_x86 = pytest.mark.skipif(
    platform.machine() != "x86_64" or not shutil.which("qemu-x86_64"),
    reason="needs an x86-64 machine and qemu-user",
)
needs_qemu_arm = pytest.mark.skipif(
    not shutil.which("qemu-aarch64") or not shutil.which(CROSS_GCC),
    reason="needs qemu-user and gcc-aarch64-linux-gnu",
)

SSE = {Feature.SSE3, Feature.SSSE3, Feature.SSE42}
AVX2 = {Feature.AVX, Feature.AVX2, Feature.FMA, Feature.F16C, Feature.BMI2}
AMX = {Feature.AMX_TILE, Feature.AMX_INT8, Feature.AMX_BF16}
ARMV82 = {Feature.NEON, Feature.FP16_VA, Feature.DOTPROD}

X86_CPUS = {"Nehalem": SSE, "SandyBridge": SSE | {Feature.AVX}, "Haswell": SSE | AVX2}
ARM_CPUS = {
    "cortex-a53": {Feature.NEON},
    "cortex-a72": {Feature.NEON},
    "cortex-a76": ARMV82,
    "neoverse-n1": ARMV82,
    "a64fx": {Feature.NEON, Feature.FP16_VA, Feature.SVE},
    "max,sve=off": ARMV82 | {Feature.MATMUL_INT8},
    "max,sme=off": ARMV82 | {Feature.MATMUL_INT8, Feature.SVE},
    "max": ARMV82 | {Feature.MATMUL_INT8, Feature.SVE, Feature.SME},
}


@pytest.fixture(scope="module")
def arm_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    toolchain = find_toolchain({"CC": CROSS_GCC, "PATH": os.environ["PATH"]})
    return Bench(toolchain, tmp_path_factory.mktemp("arm"), ("-static",))


def under(bench: Bench, *runner: str) -> Bench:
    return Bench(bench.toolchain, bench.folder, bench.link_flags, runner)


def check_outcomes(findings: Findings, present: set[Feature]) -> None:
    assert findings.advertised == present
    assert findings.proved == present - SSE  # the baseline has no probes
    for result in findings.results:
        if result.feature in AMX:
            assert result.outcome in (Outcome.REFUSED, Outcome.ILLEGAL_INSTRUCTION)
        elif result.feature not in present:
            assert result.outcome is Outcome.ILLEGAL_INSTRUCTION


def some(cpus: Iterable[str], *usual: str) -> list[ParameterSet]:
    """The usual ones, and the others for the slow tests."""
    return [pytest.param(cpu, marks=() if cpu in usual else pytest.mark.slow) for cpu in cpus]


@needs_qemu_x86
@pytest.mark.parametrize("cpu", some(X86_CPUS))
def test_x86_processor_is_seen_as_it_is(cpu: str, native_bench: Bench) -> None:
    present = X86_CPUS[cpu]
    findings = examine(under(native_bench, "qemu-x86_64", "-cpu", cpu), frozenset(present - SSE))
    check_outcomes(findings, present)
    assert decide(findings).options == ("-DGGML_NATIVE=ON",)
    assert decide(findings).compile_flags == ()


@pytest.mark.slow
@needs_qemu_x86
def test_flags_that_promise_too_much_are_switched_off(native_bench: Bench) -> None:
    """A compiler that takes SandyBridge for a Haswell, as a hypervisor can make it."""
    bench = under(native_bench, "qemu-x86_64", "-cpu", "SandyBridge")
    decision = decide(examine(bench, frozenset(AVX2)))
    assert decision.compile_flags == ("-mno-avx2", "-mno-fma", "-mno-f16c", "-mno-bmi2")


@needs_qemu_arm
@pytest.mark.parametrize("cpu", some(ARM_CPUS, "cortex-a53", "max"))
def test_arm_processor_is_seen_as_it_is(cpu: str, arm_bench: Bench) -> None:
    present = ARM_CPUS[cpu]
    findings = examine(under(arm_bench, "qemu-aarch64", "-cpu", cpu), frozenset(present))
    check_outcomes(findings, present)
    assert decide(findings).options == ("-DGGML_NATIVE=ON",)


@needs_qemu_arm
def test_arm_flags_that_promise_too_much_are_switched_off(arm_bench: Bench) -> None:
    bench = under(arm_bench, "qemu-aarch64", "-cpu", "neoverse-n1")
    decision = decide(examine(bench, frozenset(FEATURES[Arch.ARM64]) - {Feature.SME}))
    assert decision.options == (
        "-DGGML_NATIVE=OFF",
        "-DGGML_CPU_ARM_ARCH=armv8.2-a+fp16+dotprod+noi8mm+nosve",
    )
