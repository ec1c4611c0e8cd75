"""Folders that look like the /proc and /sys of other machines, written from a few facts each."""

from collections.abc import Iterable, Mapping
from pathlib import Path

CGROUP2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def write_cpus(root: Path, cores: Iterable[Iterable[int]], *, siblings: str = "core_cpus") -> Path:
    """A machine whose cores are the given groups of logical CPUs."""
    groups = [sorted(core) for core in cores]
    cpus = sorted(cpu for group in groups for cpu in group)
    for group in groups:
        for cpu in group:
            topology = f"sys/devices/system/cpu/cpu{cpu}/topology/{siblings}_list"
            write_files(root, {topology: ",".join(map(str, group))})
    return write_files(
        root,
        {
            "sys/devices/system/cpu/online": ",".join(map(str, cpus)),
            "proc/self/status": f"Name:\tpython\nCpus_allowed_list:\t0-{cpus[-1]}",
        },
    )


def allow(root: Path, cpu_list: str) -> Path:
    """Bind the process to these CPUs, as `taskset -c` does."""
    return write_files(root, {"proc/self/status": f"Cpus_allowed_list:\t{cpu_list}"})


def alder_lake(root: Path) -> Path:
    """Core i7-12700: 8 performance cores with SMT (CPUs 0-15), 4 efficiency cores (16-19)."""
    fast = [(2 * core, 2 * core + 1) for core in range(8)]
    write_cpus(root, [*fast, *((cpu,) for cpu in range(16, 20))])
    return write_files(
        root, {"sys/devices/cpu_core/cpus": "0-15", "sys/devices/cpu_atom/cpus": "16-19"}
    )


def arrow_lake(root: Path) -> Path:
    """Core Ultra 7 265K: 8 performance and 12 efficiency cores, none with SMT."""
    write_cpus(root, [(cpu,) for cpu in range(20)])
    return write_files(
        root, {"sys/devices/cpu_core/cpus": "0-7", "sys/devices/cpu_atom/cpus": "8-19"}
    )


def smt_server(root: Path) -> Path:
    """Two sockets of 16 cores; the siblings of CPU n are n and n + 32, named the old way."""
    return write_cpus(root, [(core, core + 32) for core in range(32)], siblings="thread_siblings")


def big_little(root: Path, capacities: Iterable[int]) -> Path:
    """An ARM machine, one capacity a CPU."""
    strengths = list(capacities)
    write_cpus(root, [(cpu,) for cpu in range(len(strengths))])
    names = (f"sys/devices/system/cpu/cpu{cpu}/cpu_capacity" for cpu in range(len(strengths)))
    return write_files(root, dict(zip(names, map(str, strengths), strict=True)))


def cgroup2(root: Path, path: str, levels: Mapping[str, Mapping[str, str]]) -> Path:
    """A v2 hierarchy with this process in `path`; levels name the files of each folder."""
    write_files(root, {"proc/self/cgroup": f"0::{path}", "proc/self/mountinfo": CGROUP2_MOUNT})
    (root / "sys/fs/cgroup" / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for level, files in levels.items():
        folder = f"sys/fs/cgroup/{level.strip('/')}".rstrip("/")
        write_files(root, {f"{folder}/{name}": text for name, text in files.items()})
    return root


def cgroup1(root: Path, path: str, levels: Mapping[str, Mapping[str, str]]) -> Path:
    """A v1 hierarchy of cpu,cpuacct and memory, seen from a container without a namespace:
    both mounts show only the container's own part."""
    mount = "40 30 0:{} {} /sys/fs/cgroup/{} ro,nosuid - cgroup cgroup rw,{}"
    controllers = ("cpu,cpuacct", "memory")
    write_files(
        root,
        {
            "proc/self/cgroup": "\n".join(f"{i}:{c}:{path}" for i, c in enumerate(controllers, 3)),
            "proc/self/mountinfo": "\n".join(
                mount.format(i, "/docker/abc", c, c) for i, c in enumerate(controllers, 31)
            ),
        },
    )
    for level, files in levels.items():
        write_files(root, {f"sys/fs/cgroup/{level}/{name}": text for name, text in files.items()})
    return root
