"""What should be better on this machine, each in one plain sentence with the command that does it.

Rules over a finished report, most urgent first; the engine's own come from `verdict`. Reads no file
and runs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from llamachat.cli.doctor.places import Folder
from llamachat.cli.doctor.report import Report

GIB = 1 << 30
WEIGHTS_7B = 3_825_807_040
"""bytes of a Llama-2-7B in Q4_0"""
KV_7B = 2 * GIB
"""its KV cache: 4096 tokens of 512 KiB in f16"""
COMPUTE_7B = GIB // 2
"""compute buffers and the program, rounded up"""
LITTLE_ROOM = 5 * GIB
"""a disk with less cannot take one more 7B model"""

REBUILD = "llamachat doctor --rebuild"


@dataclass(frozen=True, slots=True)
class Advice:
    text: str
    command: str = ""
    """exact, to be pasted; empty where no command helps"""


def advise(report: Report) -> tuple[Advice, ...]:
    """All that applies here."""
    rules = (
        *(_lowered, _elsewhere, _foreign, _unused, _gpu),
        *(_memory, _swap, _quota, _terminal, _locked, _disks),
    )
    return tuple(advice for rule in rules for advice in rule(report))


def _lowered(report: Report) -> Iterator[Advice]:
    """Only where the engine works at all: a dead one is the verdict's matter."""
    if report.rungs.in_use in ("fast", "plain") and report.rungs.lowered:
        kinds = ", ".join(report.rungs.lowered)
        why = next(iter(report.rungs.lowered.values()))
        yield Advice(
            f"{kinds} run on the plain rung, which is slower: the fast one {why}. "
            f"{_better_build(report)} may climb back.",
            _rebuild(report),
        )
    if report.rungs.in_use in ("fast", "plain") and report.rungs.failed:
        kinds = ", ".join(report.rungs.failed)
        yield Advice(f"{kinds} cannot be evaluated at all by this build of the engine.", REBUILD)


def _elsewhere(report: Report) -> Iterator[Advice]:
    build = report.build
    if build and build.cpu != report.cpu.key:
        yield Advice(
            f"The engine was built for another processor, {build.cpu}, and uses what that one has.",
            REBUILD,
        )


def _foreign(report: Report) -> Iterator[Advice]:
    names = [row.name for row in report.instructions if row.compiled and not row.advertised]
    if names and report.rungs.in_use in ("fast", "plain"):
        yield Advice(
            f"The engine was built for {_join(names)}, which this processor does not advertise: "
            "it was built elsewhere and may die at any time.",
            REBUILD,
        )


def _unused(report: Report) -> Iterator[Advice]:
    rows = [row for row in report.instructions if row.advertised and row.matters]
    names = [row.name for row in rows if row.compiled is False]
    if names:
        yield Advice(
            f"The engine was not built for this processor's {_join(names)}. "
            f"{_better_build(report)} would be faster.",
            _rebuild(report),
        )


def _gpu(report: Report) -> Iterator[Advice]:
    if report.gpus and report.library.state == "ok" and not report.library.gpu_offload:
        yield Advice(
            f"There is a GPU ({report.gpus[0]}) that the engine was not built to use.",
            f"LLAMACHAT_CMAKE_ARGS=-DGGML_CUDA=ON {REBUILD}",
        )


def _memory(report: Report) -> Iterator[Advice]:
    usable = report.memory.usable
    if usable < WEIGHTS_7B + COMPUTE_7B:
        yield Advice(
            f"{size(usable)} of usable memory is too little for a 7B model in Q4_0, which takes "
            f"{size(WEIGHTS_7B)} and its context: choose a smaller model, or close programs."
        )
    elif usable < WEIGHTS_7B + KV_7B + COMPUTE_7B:
        yield Advice(
            f"{size(usable)} of usable memory is tight for a 7B model in Q4_0 with 4096 tokens: a "
            "smaller context and a quantized KV cache fit.",
            "llamachat -c 2048 -fa on -ctk q8_0 -ctv q8_0 -lm none",
        )


def _swap(report: Report) -> Iterator[Advice]:
    if report.memory.swap_total or not report.versions.get("kernel", "").startswith("Linux"):
        return  # macOS makes swap when it needs some
    text = "There is no swap: when memory runs out the engine is killed instead of slowed down."
    if report.container:
        yield Advice(f"{text} In a container its host has to provide it.")
    elif report.memory.cgroup_limit is None:
        yield Advice(
            text,
            "sudo fallocate -l 8G /swapfile && sudo chmod 600 /swapfile && "
            "sudo mkswap /swapfile && sudo swapon /swapfile",
        )


def _quota(report: Report) -> Iterator[Advice]:
    cores = report.cores
    if cores.quota is not None and math.floor(cores.quota) < cores.reachable:
        yield Advice(
            f"The cgroup quota of {cores.quota:g} CPUs is below the {cores.reachable} cores: raise "
            "it where the container is started (or CPUQuota= of the systemd unit).",
            f"docker update --cpus {cores.reachable} CONTAINER",
        )


def _terminal(report: Report) -> Iterator[Advice]:
    terminal = report.terminal
    if terminal.stdout and terminal.dumb:
        yield Advice(
            f"The terminal calls itself {terminal.term or 'nothing'}, so dialogs are plain lines. "
            "If it understands colours and cursor movement, say so.",
            "export TERM=xterm-256color",
        )
    if terminal.encoding and not terminal.utf8:
        yield Advice(
            f"The terminal's encoding is {terminal.encoding}: letters outside of it are lost.",
            "export LANG=C.UTF-8",
        )


def _made_here(report: Report) -> bool:
    """The same compiler on the same processor would give the same engine again."""
    return report.build is not None and report.build.cpu == report.cpu.key


def _better_build(report: Report) -> str:
    if report.build and _made_here(report):
        return f"{report.build.compiler} made this one for this machine; another compiler's"
    return "One built for this machine"


def _rebuild(report: Report) -> str:
    if not report.build or not _made_here(report):
        return REBUILD
    other = "CC=gcc CXX=g++" if "clang" in report.build.compiler else "CC=clang CXX=clang++"
    return f"{other} {REBUILD}"


def _locked(report: Report) -> Iterator[Advice]:
    for folder in report.folders:
        if not folder.writable:
            yield Advice(
                f"The {folder.name} folder cannot be written: {folder.path}.",
                f"export {_variable(folder)}=/a/folder/of/yours",
            )


def _disks(report: Report) -> Iterator[Advice]:
    """One sentence for each file system that is nearly full, not for each folder on it."""
    told: set[int] = set()
    for folder in report.folders:
        if folder.disk.free < LITTLE_ROOM and folder.disk.device not in told:
            told.add(folder.disk.device)
            yield _disk(folder)


def _disk(folder: Folder) -> Advice:
    return Advice(
        f"The disk of the {folder.name} folder has {size(folder.disk.free)} left; a 7B model in "
        f"Q4_0 takes {size(WEIGHTS_7B)}. Free some, or move the folder.",
        f"export {_variable(folder)}=/a/disk/with/room",
    )


def _variable(folder: Folder) -> str:
    """What moves the folder elsewhere."""
    return "HF_HOME" if folder.name == "hub cache" else "LLAMACHAT_HOME"


def size(n_bytes: int) -> str:
    """Bytes as people read them: GiB, or MiB below one."""
    return f"{n_bytes / GIB:.1f} GiB" if n_bytes >= GIB else f"{n_bytes >> 20} MiB"


def _join(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
