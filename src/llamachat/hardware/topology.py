"""How the logical CPUs share cores, and which of those cores are the fast ones.

Cores are counted from the kernel's own sibling lists, never by halving: hybrid processors mix cores
with and without SMT, and many have none at all. Linux only; knows nothing of limits and affinity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.sysfs import MAX_CPUS, parse_cpu_list, read_int, read_text

STRONG = 0.6
"""A core with at least this share of the strongest core's capacity is a performance core: little
cores lie at 0.2 to 0.5 of a big one, middle cores at 0.7 and more."""


@dataclass(frozen=True, slots=True)
class Topology:
    cpus: frozenset[int]
    """logical CPUs that are online"""
    cores: frozenset[frozenset[int]]
    """each physical core as the set of its logical CPUs"""
    fast: frozenset[int]
    """logical CPUs of performance cores; all of them where the cores are alike"""

    def cores_within(self, cpus: frozenset[int]) -> int:
        """Physical cores that have at least one of these CPUs."""
        return sum(1 for core in self.cores if core & cpus)


def read_topology(root: Path) -> Topology:
    """The CPUs of a Linux machine from its /sys and /proc."""
    cpus = _online(root)
    named = _cores_of_cpuinfo(root)
    cores = frozenset(
        _siblings(root, cpu) & cpus or named.get(cpu, frozenset({cpu})) for cpu in cpus
    )
    return Topology(cpus, cores, _fast_cpus(root, cpus))


def _cpu_folder(root: Path, cpu: int) -> Path:
    return root / f"sys/devices/system/cpu/cpu{cpu}"


def _online(root: Path) -> frozenset[int]:
    listed = parse_cpu_list(read_text(root / "sys/devices/system/cpu/online"))
    described = frozenset(cpu for cpu, _ in _cpuinfo(root))
    return listed or described or frozenset(range(os.cpu_count() or 1))


def _siblings(root: Path, cpu: int) -> frozenset[int]:
    """Logical CPUs of this CPU's core; the second name is that of kernels before 5.3."""
    folder = _cpu_folder(root, cpu) / "topology"
    text = read_text(folder / "core_cpus_list") or read_text(folder / "thread_siblings_list")
    return parse_cpu_list(text)


def _cpuinfo(root: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(logical CPU, its fields) of /proc/cpuinfo."""
    for block in read_text(root / "proc/cpuinfo").split("\n\n"):
        pairs = (line.partition(":") for line in block.splitlines())
        fields = {key.strip(): value.strip() for key, _, value in pairs}
        number = fields.get("processor", "")
        if number.isdecimal() and int(number) < MAX_CPUS:
            yield int(number), fields


def _cores_of_cpuinfo(root: Path) -> dict[int, frozenset[int]]:
    """CPU → CPUs of its core, for kernels and sandboxes without /sys/…/topology."""
    members: dict[tuple[str, str], set[int]] = {}
    for cpu, fields in _cpuinfo(root):
        if "physical id" in fields and "core id" in fields:
            members.setdefault((fields["physical id"], fields["core id"]), set()).add(cpu)
    return {cpu: frozenset(core) for core in members.values() for cpu in core}


def _fast_cpus(root: Path, cpus: frozenset[int]) -> frozenset[int]:
    """Intel names its performance cores; ARM and RISC-V kernels give each CPU a capacity."""
    intel = parse_cpu_list(read_text(root / "sys/devices/cpu_core/cpus")) & cpus
    if intel:
        return intel
    capacity = {cpu: read_int(_cpu_folder(root, cpu) / "cpu_capacity") or 0 for cpu in cpus}
    bar = STRONG * max(capacity.values())
    return frozenset(cpu for cpu in cpus if capacity[cpu] >= bar)
