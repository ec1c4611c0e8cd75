"""Each fault of a machine gives its sentence and its command, and a good machine gives none."""

from dataclasses import replace
from typing import Any

import pytest

from llamachat.cli.doctor.advice import advise
from llamachat.cli.doctor.rungs import judge_rungs
from llamachat.hardware.cores import Cores
from llamachat.hardware.disk import DiskSpace
from llamachat.hardware.isa import Feature
from llamachat.hardware.memory import MemoryState
from tests.unit.cli.doctor_report import (
    GIB,
    GOOD_CPU,
    GOOD_LIBRARY,
    GOOD_TERMINAL,
    a_report,
    build_record,
    folder,
    survey,
)

REBUILD = "llamachat doctor --rebuild"
AVX512_CPU = replace(GOOD_CPU, features=GOOD_CPU.features | {Feature.AVX512, Feature.AMX_INT8})
FOREIGN_LIBRARY = replace(
    GOOD_LIBRARY, system_info="CPU : AVX = 1 | AVX2 = 1 | FMA = 1 | AVX512 = 1 | "
)


def memory(usable: int, swap: int = GIB, **changes: int) -> MemoryState:
    return MemoryState(32 * GIB, usable, swap, swap, **changes)


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"cpu": AVX512_CPU}, "not built for this processor's AVX512 and AMX_INT8", REBUILD),
    (
        {"cpu": AVX512_CPU, "build": build_record(AVX512_CPU)},
        "AVX512 and AMX_INT8. GCC 12.2.0 made this one for this machine; another compiler's",
        f"CC=clang CXX=clang++ {REBUILD}",
    ),
    ({"build": build_record(AVX512_CPU)}, "built for another processor, Good CPU [", REBUILD),
    ({"library": FOREIGN_LIBRARY}, "built for AVX512, which this processor does not", REBUILD),
    (
        {"rungs": judge_rungs(survey(q4_0="crashed", f16="ok"), {})},
        "q4_0 run on the plain rung, which is slower: the fast one crashed (SIGSEGV)",
        REBUILD,
    ),
    (
        {"rungs": judge_rungs(survey(), {"q4_0": "the engine died of SIGILL"})},
        "the fast one died in use: the engine died of SIGILL",
        REBUILD,
    ),
    ({"gpus": ("NVIDIA H100",)}, "a GPU (NVIDIA H100)", "LLAMACHAT_CMAKE_ARGS=-DGGML_CUDA=ON"),
    ({"memory": memory(3 * GIB)}, "3.0 GiB of usable memory is too little for a 7B", ""),
    ({"memory": memory(5 * GIB)}, "5.0 GiB of usable memory is tight", "-ctk q8_0 -ctv q8_0"),
    ({"memory": memory(24 * GIB, swap=0)}, "There is no swap", "sudo mkswap /swapfile"),
    ({"memory": memory(24 * GIB, swap=0), "container": "Docker"}, "its host has to", ""),
    (
        {"cores": Cores(16, 8, 8, affinity=16, reachable=8, quota=2.5)},
        "The cgroup quota of 2.5 CPUs is below the 8 cores",
        "docker update --cpus 8 CONTAINER",
    ),
    ({"terminal": replace(GOOD_TERMINAL, term="dumb")}, "calls itself dumb", "export TERM="),
    ({"terminal": replace(GOOD_TERMINAL, encoding="latin-1")}, "is latin-1", "export LANG=C.UTF-8"),
    ({"folders": (folder("data", free=GIB),)}, "1.0 GiB left", "export LLAMACHAT_HOME="),
    ({"folders": (folder("hub cache", free=GIB),)}, "hub cache folder has", "export HF_HOME="),
    (
        {"folders": (folder("state", writable=False),)},
        "cannot be written: /home/me/state",
        "export",
    ),
]


@pytest.mark.parametrize(("facts", "sentence", "command"), FAULTS)
def test_fault_gives_its_sentence_and_its_command(
    facts: dict[str, Any], sentence: str, command: str
) -> None:
    (advice,) = advise(a_report(**facts))
    assert sentence in advice.text
    assert command in advice.command
    assert bool(command) == bool(advice.command)


def test_good_machine_gets_no_advice() -> None:
    assert advise(a_report()) == ()


def test_quota_above_the_cores_is_no_fault() -> None:
    cores = Cores(16, 8, 8, affinity=16, reachable=8, quota=8.0)
    assert advise(a_report(cores=cores)) == ()


def test_swap_of_macos_comes_and_goes() -> None:
    assert advise(a_report(memory=memory(24 * GIB, swap=0), versions={"kernel": "Darwin 25"})) == ()


def test_full_container_is_tight_although_the_machine_is_not() -> None:
    state = memory(24 * GIB, cgroup_limit=4 * GIB, cgroup_used=3 * GIB)
    assert advise(a_report(memory=state))[0].text.startswith("1.0 GiB of usable memory")


def test_full_disk_is_told_once_for_all_its_folders() -> None:
    disks = (folder("config", free=GIB), folder("data", free=GIB), folder("state", free=GIB))
    assert len(advise(a_report(folders=disks))) == 1
    other = folder("hub cache", disk=DiskSpace(10 * GIB, GIB, device=8))
    assert len(advise(a_report(folders=(*disks, other)))) == 2


def test_dumb_terminal_does_not_matter_to_a_pipe() -> None:
    piped = replace(GOOD_TERMINAL, term="dumb", stdout=False)
    assert advise(a_report(terminal=piped)) == ()


def test_missing_engine_is_not_blamed_for_its_flags() -> None:
    missing = replace(GOOD_LIBRARY, state="missing", system_info="")
    assert advise(a_report(cpu=AVX512_CPU, library=missing)) == ()
