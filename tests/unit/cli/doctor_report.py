"""A report of a machine on which nothing could be better, to be spoiled one fact at a time."""

from pathlib import Path
from typing import Any

from llamachat.cli.doctor.instructions import judge_instructions
from llamachat.cli.doctor.library import Device, Library
from llamachat.cli.doctor.places import Folder
from llamachat.cli.doctor.report import Report
from llamachat.cli.doctor.rungs import Rungs, judge_rungs
from llamachat.engine.survey import Outcome, Rung, RungResult
from llamachat.hardware.cores import Cores
from llamachat.hardware.disk import DiskSpace
from llamachat.hardware.isa import Arch, Cpu, Feature
from llamachat.hardware.memory import MemoryState
from llamachat.hardware.terminal import Terminal
from llamachat.install.record import BuildRecord

GIB = 1 << 30

GOOD_CPU = Cpu(
    Arch.X86_64, "Good CPU", frozenset({Feature.SSE42, Feature.AVX, Feature.AVX2, Feature.FMA})
)
GOOD_LIBRARY = Library(
    "ok",
    version="0.3.36",
    folder="/opt/env/llama_cpp/lib",
    sha256="0" * 64,
    system_info="CPU : AVX = 1 | AVX2 = 1 | FMA = 1 | REPACK = 1 | ",
    ggml_version="0.25.3",
    ggml_commit="abc",
    backends=("CPU",),
    devices=(Device("CPU", "Good CPU", "cpu"),),
)
GOOD_TERMINAL = Terminal(
    stdin=True, stdout=True, stderr=True, term="xterm-256color", program="xterm-256color",
    colours="256", no_color=True, encoding="utf-8", columns=80, lines=24, multiplexer="",
    ssh=False, kitty_keyboard=False, osc52=False,
)  # fmt: skip


def survey(**fast: Outcome) -> tuple[RungResult, ...]:
    """Results of types that all run on the plain rung, and on the fast one as given."""
    outcomes: list[tuple[Rung, str, Outcome]] = []
    for kind, outcome in (fast or {"f16": "ok", "q4_0": "ok"}).items():
        outcomes += [("plain", kind, "ok"), ("fast", kind, outcome)]
    return tuple(
        RungResult(rung, kind, outcome, "" if outcome == "ok" else "SIGSEGV")
        for rung, kind, outcome in outcomes
    )


def build_record(cpu: Cpu) -> BuildRecord:
    """Of an engine that llamachat built for the processor."""
    return BuildRecord(
        engine="0.3.36", cmake_args=(), extra_args=(), chosen_compilers=(), compiler="GCC 12.2.0",
        cpu=cpu.key, advertised=(), native=(), probes=(), reasons=("AMX: adding -fno-dse",),
        build_seconds=210.0, built_at="2026-11-01T10:00:00+00:00", wheel_sha256="",
        library_sha256="",
    )  # fmt: skip


def folder(name: str, free: int = 100 * GIB, **changes: Any) -> Folder:
    facts: dict[str, Any] = {
        "exists": True,
        "writable": True,
        "disk": DiskSpace(200 * GIB, free, 7),
    } | changes
    return Folder(name, Path("/home/me") / name, **facts)


def a_report(**changes: Any) -> Report:
    """The good machine with some of its facts replaced; the columns follow from them."""
    cpu: Cpu = changes.get("cpu", GOOD_CPU)
    library: Library = changes.get("library", GOOD_LIBRARY)
    rungs: Rungs = changes.get("rungs", judge_rungs(survey(), {}))
    facts: dict[str, Any] = {
        "cpu": cpu,
        "cores": Cores(16, 8, 8, affinity=16, reachable=8),
        "memory": MemoryState(32 * GIB, 24 * GIB, 8 * GIB, 8 * GIB),
        "terminal": GOOD_TERMINAL,
        "library": library,
        "rungs": rungs,
        "instructions": judge_instructions(cpu, library, rungs),
        "versions": {"llamachat": "0.1.0", "kernel": "Linux 6.18"},
        "folders": (folder("data"), folder("hub cache")),
    }
    return Report(**(facts | changes))
