"""Processor descriptions, as Linux and macOS print them, give the right instruction sets."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from llamachat.hardware.isa import (
    FEATURES,
    Arch,
    Cpu,
    Feature,
    arch_of,
    parse_cpuinfo,
    parse_sysctl,
    parse_system_info,
    read_cpu,
)

DESCRIBED = Path(__file__).parent / "described"

SSE = {Feature.SSE3, Feature.SSSE3, Feature.SSE42}
HASWELL = SSE | {Feature.AVX, Feature.AVX2, Feature.FMA, Feature.F16C, Feature.BMI2}
ZEN4 = HASWELL | {
    Feature.AVX512,
    Feature.AVX512_VBMI,
    Feature.AVX512_VNNI,
    Feature.AVX512_BF16,
}
AMX = {Feature.AMX_TILE, Feature.AMX_INT8, Feature.AMX_BF16}
ARMV82 = {Feature.NEON, Feature.FP16_VA, Feature.DOTPROD}

X86 = {
    "nehalem": ("Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz", SSE),
    "sandy-bridge": ("Intel(R) Core(TM) i5-2500K CPU @ 3.30GHz", SSE | {Feature.AVX}),
    "haswell": ("Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz", HASWELL),
    "alder-lake": ("12th Gen Intel(R) Core(TM) i7-12700K", HASWELL | {Feature.AVX_VNNI}),
    "sapphire-rapids": (
        "Intel(R) Xeon(R) Platinum 8480+",
        ZEN4 | AMX | {Feature.AVX_VNNI},
    ),
    "zen4": ("AMD Ryzen 9 7950X 16-Core Processor", ZEN4),
    "zen5": ("AMD Ryzen 9 9950X 16-Core Processor", ZEN4 | {Feature.AVX_VNNI}),
}
ARM = {
    "raspberry-pi-4": ("Raspberry Pi 4 Model B Rev 1.4 (Cortex-A72)", {Feature.NEON}),
    "raspberry-pi-5": ("Raspberry Pi 5 Model B Rev 1.0 (Cortex-A76)", ARMV82),
    "graviton2": ("Neoverse-N1", ARMV82),
    "graviton3": ("Neoverse-V1", ARMV82 | {Feature.MATMUL_INT8, Feature.SVE}),
    "rk3399-big-little": ("Cortex-A53 + Cortex-A72", {Feature.NEON}),
}
MAC = {
    "apple-m1": (Arch.ARM64, "Apple M1", ARMV82),
    "apple-m4": (Arch.ARM64, "Apple M4", ARMV82 | {Feature.MATMUL_INT8, Feature.SME}),
    "intel-mac": (Arch.X86_64, "Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz", HASWELL),
}


def described(name: str) -> str:
    return (DESCRIBED / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", X86)
def test_x86_description_gives_model_and_features(name: str) -> None:
    model, features = X86[name]
    cpu = parse_cpuinfo(described(f"{name}.cpuinfo"), Arch.X86_64)
    assert cpu == Cpu(Arch.X86_64, model, frozenset(features))


@pytest.mark.parametrize("name", ARM)
def test_arm_description_gives_cores_and_features(name: str) -> None:
    model, features = ARM[name]
    cpu = parse_cpuinfo(described(f"{name}.cpuinfo"), Arch.ARM64)
    assert cpu == Cpu(Arch.ARM64, model, frozenset(features))


@pytest.mark.parametrize("name", MAC)
def test_sysctl_listing_gives_model_and_features(name: str) -> None:
    arch, model, features = MAC[name]
    assert parse_sysctl(described(f"{name}.sysctl"), arch) == Cpu(arch, model, frozenset(features))


def test_features_that_some_cores_lack_do_not_count() -> None:
    big = "processor : 0\nFeatures : fp asimd asimddp i8mm\nCPU part : 0xd4f\n"
    little = "processor : 1\nFeatures : fp asimd asimddp\nCPU part : 0xd05\n"
    cpu = parse_cpuinfo(f"{big}\n{little}", Arch.ARM64)
    assert cpu.features == {Feature.NEON, Feature.DOTPROD}


def test_avx512_needs_the_whole_group() -> None:
    knights_landing = "processor : 0\nflags : sse4_2 avx avx2 avx512f avx512pf avx512er avx512cd\n"
    assert Feature.AVX512 not in parse_cpuinfo(knights_landing, Arch.X86_64).features


def test_unknown_arm_core_shows_its_numbers() -> None:
    text = "processor : 0\nFeatures : asimd\nCPU implementer : 0x61\nCPU part : 0x022\n"
    assert parse_cpuinfo(text, Arch.ARM64).model == "ARM 0x61/0x022"


@pytest.mark.parametrize("text", ["", "\n\n", "processor : 0\n", "no colon here"])
def test_empty_description_has_no_features(text: str) -> None:
    for arch in Arch:
        assert parse_cpuinfo(text, arch).features == frozenset()


def test_key_tells_processors_of_one_name_apart() -> None:
    name = "AMD EPYC"
    plain = Cpu(Arch.X86_64, name, frozenset(HASWELL))
    masked = Cpu(Arch.X86_64, name, frozenset(SSE))
    assert plain.key != masked.key
    assert plain.key == Cpu(Arch.X86_64, name, frozenset(HASWELL)).key
    assert plain.key.startswith("AMD EPYC [")


@pytest.mark.parametrize(
    ("machine", "arch"),
    [
        ("x86_64", Arch.X86_64),
        ("AMD64", Arch.X86_64),
        ("aarch64", Arch.ARM64),
        ("arm64", Arch.ARM64),
        ("riscv64", Arch.OTHER),
        ("armv7l", Arch.OTHER),
    ],
)
def test_machine_names_map_to_architectures(machine: str, arch: Arch) -> None:
    assert arch_of(machine) is arch


def test_system_information_line_gives_what_was_compiled_in() -> None:
    line = "CPU : SSE3 = 1 | SSSE3 = 1 | AVX = 1 | AVX512 = 0 | AMX_INT8 = 1 | REPACK = 1 | "
    assert parse_system_info(line) == {
        Feature.SSE3,
        Feature.SSSE3,
        Feature.AVX,
        Feature.AMX_INT8,
    }


def test_this_machine_is_described() -> None:
    cpu = read_cpu()
    assert cpu.arch is arch_of(platform.machine())
    assert cpu.features <= set(FEATURES[cpu.arch])
    if cpu.arch is not Arch.OTHER:
        assert cpu.model
        assert cpu.features
