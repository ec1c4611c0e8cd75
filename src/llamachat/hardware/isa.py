"""The instruction sets that the processor advertises, under the names llama.cpp prints.

Reads descriptions (/proc/cpuinfo, sysctl) and llama.cpp's own system information line. It
does not know whether an instruction really runs: `llamachat.install.probe` proves that.
Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Arch(StrEnum):
    X86_64 = "x86-64"
    ARM64 = "arm64"
    OTHER = "other"


class Feature(StrEnum):
    """An instruction set; the value is llama.cpp's name for it."""

    SSE3 = "SSE3"
    SSSE3 = "SSSE3"
    SSE42 = "SSE42"
    AVX = "AVX"
    AVX2 = "AVX2"
    FMA = "FMA"
    F16C = "F16C"
    BMI2 = "BMI2"
    AVX_VNNI = "AVX_VNNI"
    AVX512 = "AVX512"
    """F, CD, BW, DQ and VL together, as ggml groups them."""
    AVX512_VBMI = "AVX512_VBMI"
    AVX512_VNNI = "AVX512_VNNI"
    AVX512_BF16 = "AVX512_BF16"
    AMX_TILE = "AMX_TILE"
    AMX_INT8 = "AMX_INT8"
    AMX_BF16 = "AMX_BF16"
    NEON = "NEON"
    FP16_VA = "FP16_VA"
    """Arithmetic on vectors of half floats."""
    DOTPROD = "DOTPROD"
    MATMUL_INT8 = "MATMUL_INT8"
    """Known to compilers as i8mm."""
    SVE = "SVE"
    SME = "SME"


# What each description calls a feature; every name of a row must be there.
_X86_CPUINFO: dict[Feature, tuple[str, ...]] = {
    Feature.SSE3: ("pni",),
    Feature.SSSE3: ("ssse3",),
    Feature.SSE42: ("sse4_2",),
    Feature.AVX: ("avx",),
    Feature.AVX2: ("avx2",),
    Feature.FMA: ("fma",),
    Feature.F16C: ("f16c",),
    Feature.BMI2: ("bmi2",),
    Feature.AVX_VNNI: ("avx_vnni",),
    Feature.AVX512: ("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"),
    Feature.AVX512_VBMI: ("avx512vbmi",),
    Feature.AVX512_VNNI: ("avx512_vnni",),
    Feature.AVX512_BF16: ("avx512_bf16",),
    Feature.AMX_TILE: ("amx_tile",),
    Feature.AMX_INT8: ("amx_int8",),
    Feature.AMX_BF16: ("amx_bf16",),
}
_ARM_CPUINFO: dict[Feature, tuple[str, ...]] = {
    Feature.NEON: ("asimd",),
    Feature.FP16_VA: ("asimdhp",),
    Feature.DOTPROD: ("asimddp",),
    Feature.MATMUL_INT8: ("i8mm",),
    Feature.SVE: ("sve",),
    Feature.SME: ("sme",),
}
_X86_SYSCTL: dict[Feature, tuple[str, ...]] = {
    Feature.SSE3: ("sse3",),
    Feature.SSSE3: ("supplementalsse3",),
    Feature.SSE42: ("sse4_2",),
    Feature.AVX: ("avx1_0",),
    Feature.AVX2: ("avx2_0",),
    Feature.FMA: ("fma",),
    Feature.F16C: ("f16c",),
    Feature.BMI2: ("bmi2",),
    Feature.AVX512: ("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"),
    Feature.AVX512_VBMI: ("avx512vbmi",),
}
_ARM_SYSCTL: dict[Feature, tuple[str, ...]] = {
    Feature.NEON: ("neon",),
    Feature.FP16_VA: ("arm.FEAT_FP16",),
    Feature.DOTPROD: ("arm.FEAT_DotProd",),
    Feature.MATMUL_INT8: ("arm.FEAT_I8MM",),
    Feature.SME: ("arm.FEAT_SME",),
}

FEATURES: dict[Arch, tuple[Feature, ...]] = {
    Arch.X86_64: tuple(_X86_CPUINFO),
    Arch.ARM64: tuple(_ARM_CPUINFO),
    Arch.OTHER: (),
}
"""The features of each architecture, from old to new."""

NOT_REPORTED = frozenset({Feature.SSE42, Feature.AMX_TILE, Feature.AMX_BF16})
"""Features that llama.cpp uses but leaves out of its system information line."""

# (implementer, part) of the ARM cores people are likely to have; others show their numbers.
_ARM_PARTS: dict[tuple[int, int], str] = {
    (0x41, 0xD03): "Cortex-A53",
    (0x41, 0xD04): "Cortex-A35",
    (0x41, 0xD05): "Cortex-A55",
    (0x41, 0xD07): "Cortex-A57",
    (0x41, 0xD08): "Cortex-A72",
    (0x41, 0xD09): "Cortex-A73",
    (0x41, 0xD0A): "Cortex-A75",
    (0x41, 0xD0B): "Cortex-A76",
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD41): "Cortex-A78",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4F): "Neoverse-V2",
    (0x46, 0x001): "A64FX",
    (0xC0, 0xAC3): "Ampere-1",
}


@dataclass(frozen=True, slots=True)
class Cpu:
    """A processor as its operating system describes it."""

    arch: Arch
    model: str
    features: frozenset[Feature]

    @property
    def key(self) -> str:
        """Names this processor in caches: equal model and features, equal key."""
        digest = hashlib.sha256(" ".join(sorted(self.features)).encode()).hexdigest()
        return f"{self.model or self.arch} [{digest[:8]}]"


def read_cpu() -> Cpu:
    """This machine's processor."""
    arch = arch_of(platform.machine())
    if sys.platform == "darwin":
        listing = subprocess.run(
            ["/usr/sbin/sysctl", "hw.optional", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        return parse_sysctl(listing.stdout, arch)
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        return parse_cpuinfo(cpuinfo.read_text(encoding="utf-8", errors="replace"), arch)
    return Cpu(arch, platform.processor(), frozenset())


def arch_of(machine: str) -> Arch:
    """The architecture behind a name such as `uname -m` prints."""
    names = {"x86_64": Arch.X86_64, "amd64": Arch.X86_64}
    names |= {"aarch64": Arch.ARM64, "arm64": Arch.ARM64}
    return names.get(machine.lower(), Arch.OTHER)


def parse_cpuinfo(text: str, arch: Arch) -> Cpu:
    """Reads /proc/cpuinfo. On machines with unlike cores only what all of them share counts."""
    blocks = [_fields(block) for block in re.split(r"\n\s*\n", text.strip())]
    cores = [block for block in blocks if "processor" in block]
    if arch is Arch.ARM64:
        return Cpu(arch, _arm_model(blocks), _shared(cores, "Features", _ARM_CPUINFO))
    model = next((core["model name"] for core in cores if "model name" in core), "")
    table = _X86_CPUINFO if arch is Arch.X86_64 else {}
    return Cpu(arch, model, _shared(cores, "flags", table))


def parse_sysctl(text: str, arch: Arch) -> Cpu:
    """Reads the output of `sysctl hw.optional machdep.cpu.brand_string` on macOS."""
    fields = _fields(text)
    present = {name.removeprefix("hw.optional.") for name, value in fields.items() if value == "1"}
    if "AdvSIMD" in present:
        present.add("neon")
    table = _ARM_SYSCTL if arch is Arch.ARM64 else _X86_SYSCTL
    return Cpu(arch, fields.get("machdep.cpu.brand_string", ""), _named(present, table))


def parse_system_info(line: str) -> frozenset[Feature]:
    """The features in llama.cpp's system information: what the library was compiled with."""
    present = {name for name, value in re.findall(r"(\w+) = (\d+)", line) if value != "0"}
    return frozenset(feature for feature in Feature if feature.value in present)


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _named(present: set[str], table: Mapping[Feature, tuple[str, ...]]) -> frozenset[Feature]:
    return frozenset(feature for feature, names in table.items() if present.issuperset(names))


def _shared(
    cores: list[dict[str, str]], field: str, table: Mapping[Feature, tuple[str, ...]]
) -> frozenset[Feature]:
    flags = [set(core.get(field, "").split()) for core in cores]
    return _named(set.intersection(*flags), table) if flags else frozenset()


def _arm_model(blocks: list[dict[str, str]]) -> str:
    """The kinds of core, and the board where the kernel names it (Raspberry Pi)."""
    names: list[str] = []
    for block in blocks:
        if "CPU part" not in block:
            continue
        ids = int(block.get("CPU implementer", "0"), 0), int(block["CPU part"], 0)
        name = _ARM_PARTS.get(ids, f"ARM {ids[0]:#04x}/{ids[1]:#05x}")
        names += [name] if name not in names else []
    board = next((block["Model"] for block in blocks if "Model" in block), "")
    core = " + ".join(names)
    return f"{board} ({core})" if board and core else board or core
