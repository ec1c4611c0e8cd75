"""Proves what runs here: compiles one small program per instruction set and executes it.

Each program checks its own result and runs in a child with a time limit, so an instruction
that kills it kills nothing else. What follows from the outcomes is decided in
`llamachat.install.flags`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from llamachat.hardware.isa import FEATURES, Arch, Feature
from llamachat.install.compiler import Toolchain

SOURCES = Path(__file__).parent / "probes"

RELEASE = ("-O3", "-DNDEBUG", "-fPIC")
"""How CMake compiles ggml's release build; a fault of the optimizer shows only then."""

TIME_LIMIT = 20.0
"""Seconds. A probe takes milliseconds, also under an emulator."""


class Outcome(StrEnum):
    RUNS = "runs"
    WRONG_RESULT = "wrong result"
    ILLEGAL_INSTRUCTION = "illegal instruction (SIGILL)"
    SEGMENTATION_FAULT = "segmentation fault (SIGSEGV)"
    REFUSED = "not offered by the operating system"
    DIED = "died"
    TIMED_OUT = "timed out"
    NOT_COMPILED = "the compiler can not build it"


@dataclass(frozen=True, slots=True)
class Probe:
    feature: Feature
    source: str
    flags: tuple[str, ...] = ()
    remedies: tuple[tuple[str, ...], ...] = ()
    """Further flags to try, one set after the other, where the probe dies without."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    feature: Feature
    outcome: Outcome
    remedy: tuple[str, ...] = ()
    """The flags without which it did not run."""
    without_remedy: Outcome | None = None
    """What happened before the remedy was added."""


_AMX = ("-mamx-tile", "-mamx-int8", "-mamx-bf16", "-pthread")
# GCC below 13.2.1 forgets to store most of the tile configuration; see docs/decisions/0001.
_NO_DSE = (("-fno-dse",),)

PROBES: dict[Arch, tuple[Probe, ...]] = {
    Arch.X86_64: (
        Probe(Feature.AVX, "avx.c", ("-mavx",)),
        Probe(Feature.AVX2, "avx2.c", ("-mavx2",)),
        Probe(Feature.FMA, "fma.c", ("-mfma",)),
        Probe(Feature.F16C, "f16c.c", ("-mf16c",)),
        Probe(Feature.BMI2, "bmi2.c", ("-mbmi2",)),
        Probe(Feature.AVX_VNNI, "avx_vnni.c", ("-mavxvnni",)),
        Probe(
            Feature.AVX512,
            "avx512.c",
            ("-mavx512f", "-mavx512cd", "-mavx512bw", "-mavx512dq", "-mavx512vl"),
        ),
        Probe(Feature.AVX512_VBMI, "avx512_vbmi.c", ("-mavx512vbmi",)),
        Probe(Feature.AVX512_VNNI, "avx512_vnni.c", ("-mavx512vnni", "-mavx512vl")),
        Probe(Feature.AVX512_BF16, "avx512_bf16.c", ("-mavx512bf16",)),
        Probe(Feature.AMX_TILE, "amx_tile.cpp", _AMX, _NO_DSE),
        Probe(Feature.AMX_INT8, "amx_int8.cpp", _AMX, _NO_DSE),
        Probe(Feature.AMX_BF16, "amx_bf16.cpp", _AMX, _NO_DSE),
    ),
    Arch.ARM64: (
        Probe(Feature.NEON, "neon.c"),
        Probe(Feature.FP16_VA, "fp16_va.c", ("-march=armv8.2-a+fp16",)),
        Probe(Feature.DOTPROD, "dotprod.c", ("-march=armv8.2-a+dotprod",)),
        Probe(Feature.MATMUL_INT8, "i8mm.c", ("-march=armv8.2-a+i8mm",)),
        Probe(Feature.SVE, "sve.c", ("-march=armv8.2-a+sve",)),
        Probe(Feature.SME, "sme.c"),
    ),
    Arch.OTHER: (),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where probes are built and how they are started."""

    toolchain: Toolchain
    folder: Path
    link_flags: tuple[str, ...] = ()
    runner: tuple[str, ...] = ()
    """A command to run programs under, such as ("qemu-aarch64", "-cpu", "cortex-a53")."""


def run_probes(bench: Bench) -> tuple[ProbeResult, ...]:
    """The outcome of every probe of the architecture. Takes four seconds on one core."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return tuple(pool.map(lambda probe: run_probe(probe, bench), PROBES[bench.toolchain.arch]))


def run_probe(probe: Probe, bench: Bench) -> ProbeResult:
    """Compiles and runs a probe, with its remedies one by one while it dies."""
    plain = _attempt(probe, bench, ())
    if plain in (Outcome.RUNS, Outcome.NOT_COMPILED, Outcome.REFUSED):
        return ProbeResult(probe.feature, plain)
    for remedy in probe.remedies:
        if _attempt(probe, bench, remedy) is Outcome.RUNS:
            return ProbeResult(probe.feature, Outcome.RUNS, remedy, plain)
    return ProbeResult(probe.feature, plain)


def detect(bench: Bench) -> frozenset[Feature] | None:
    """What the processor itself advertises; None where no program can be built and run."""
    program = bench.folder / "detect"
    if not _compile(SOURCES / "detect.c", program, bench, ()):
        return None
    answer = _run(program, bench)
    if answer is None or answer.returncode != 0:
        return None
    names = set(json.loads(answer.stdout)["features"])
    return frozenset(feature for feature in FEATURES[bench.toolchain.arch] if feature in names)


def classify(returncode: int) -> Outcome:
    """The meaning of a probe's exit status; negative numbers are signals."""
    if returncode < 0:
        deadly: dict[int, Outcome] = {
            signal.SIGILL: Outcome.ILLEGAL_INSTRUCTION,
            signal.SIGSEGV: Outcome.SEGMENTATION_FAULT,
            signal.SIGBUS: Outcome.SEGMENTATION_FAULT,
        }
        return deadly.get(-returncode, Outcome.DIED)
    named = {0: Outcome.RUNS, 1: Outcome.WRONG_RESULT, 3: Outcome.REFUSED}
    return named.get(returncode, Outcome.DIED)


def _attempt(probe: Probe, bench: Bench, extra: tuple[str, ...]) -> Outcome:
    program = bench.folder / "".join((Path(probe.source).stem, *extra))
    if not _compile(SOURCES / probe.source, program, bench, (*probe.flags, *extra)):
        return Outcome.NOT_COMPILED
    run = _run(program, bench)
    return classify(run.returncode) if run else Outcome.TIMED_OUT


def _compile(source: Path, program: Path, bench: Bench, flags: Sequence[str]) -> bool:
    """Builds C with the C and C++ with the C++ compiler, as the engine's sources are."""
    if program.exists():  # another processor's turn on the same bench
        return True
    tools = bench.toolchain
    compiler = tools.cxx if source.suffix == ".cpp" else tools.c
    command = [*compiler.command, *RELEASE, *flags, *bench.link_flags, str(source)]
    built = subprocess.run(
        [*command, "-o", str(program)], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return built.returncode == 0


def _run(program: Path, bench: Bench) -> subprocess.CompletedProcess[bytes] | None:
    """None where the time limit passed. `ulimit`: programs that die here leave no core file."""
    quietly = ("/bin/sh", "-c", 'ulimit -c 0; exec "$0" "$@"')
    try:
        return subprocess.run(
            [*quietly, *bench.runner, str(program)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return None
