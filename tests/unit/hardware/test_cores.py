"""Cores and threads on machines this one is not, and on this one."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from llamachat.hardware.cores import (
    Cores,
    default_threads,
    explain_threads,
    read_cores,
    read_quota,
)
from tests.unit.hardware.trees import (
    alder_lake,
    allow,
    arrow_lake,
    big_little,
    cgroup1,
    cgroup2,
    smt_server,
    write_cpus,
    write_files,
)

on_linux = pytest.mark.skipif(platform.system() != "Linux", reason="reads /proc")


def test_hybrid_with_smt_uses_one_thread_for_each_performance_core(tmp_path: Path) -> None:
    cores = read_cores(alder_lake(tmp_path))
    assert cores == Cores(20, 12, 8, affinity=20, reachable=8)
    assert default_threads(cores) == 8
    assert explain_threads(cores) == (
        "8 threads: one for each performance core; the 4 efficiency cores would hold them up."
    )


def test_hybrid_without_smt_is_not_halved(tmp_path: Path) -> None:
    cores = read_cores(arrow_lake(tmp_path))
    assert cores == Cores(20, 20, 8, affinity=20, reachable=8)
    assert default_threads(cores) == 8


def test_server_with_smt_counts_siblings_once(tmp_path: Path) -> None:
    cores = read_cores(smt_server(tmp_path))
    assert cores == Cores(64, 32, 32, affinity=64, reachable=32)
    assert explain_threads(cores) == (
        "32 threads: one for each physical core; a second one on a core adds nothing."
    )


@pytest.mark.parametrize(
    ("capacities", "fast"),
    [
        ([397] * 4 + [1024] * 4, 4),  # RK3588: A55 beside A76
        ([325] * 2 + [812] * 5 + [1024], 6),  # one prime and five big cores
        ([1024] * 80, 80),  # a server with equal cores
    ],
)
def test_big_little_leaves_the_little_cores_out(
    tmp_path: Path, capacities: list[int], fast: int
) -> None:
    cores = read_cores(big_little(tmp_path, capacities))
    assert (cores.physical, cores.performance) == (len(capacities), fast)
    assert default_threads(cores) == fast


def test_affinity_mask_limits_the_cores(tmp_path: Path) -> None:
    cores = read_cores(allow(smt_server(tmp_path), "0-3,32-33"))
    assert (cores.affinity, cores.reachable) == (6, 4)
    assert explain_threads(cores) == (
        "4 threads: the affinity mask (6 of 64 CPUs) leaves 4 cores to compute on."
    )


def test_mask_of_efficiency_cores_alone_uses_them(tmp_path: Path) -> None:
    cores = read_cores(allow(alder_lake(tmp_path), "16-18"))
    assert (cores.reachable, default_threads(cores)) == (3, 3)


def test_mask_may_name_cpus_that_do_not_exist(tmp_path: Path) -> None:
    cores = read_cores(allow(write_cpus(tmp_path, [(0,), (1,)]), "0-255"))
    assert cores.affinity == 2


def test_offline_cpus_are_no_cores(tmp_path: Path) -> None:
    root = write_files(alder_lake(tmp_path), {"sys/devices/system/cpu/online": "0-3,16"})
    cores = read_cores(root)
    assert (cores.logical, cores.physical, cores.performance) == (5, 3, 2)


def test_without_topology_the_cores_come_from_cpuinfo(tmp_path: Path) -> None:
    block = "processor\t: {}\nmodel name\t: Old\nphysical id\t: 0\ncore id\t\t: {}\n"
    text = "\n".join(block.format(cpu, cpu % 2) for cpu in range(4))
    cores = read_cores(write_files(tmp_path, {"proc/cpuinfo": text}))
    assert (cores.logical, cores.physical) == (4, 2)


def test_quota_of_a_v2_parent_binds_its_children(tmp_path: Path) -> None:
    root = cgroup2(
        arrow_lake(tmp_path),
        "/kubepods.slice/pod1/box",
        {
            "kubepods.slice": {"cpu.max": "max 100000"},
            "kubepods.slice/pod1": {"cpu.max": "350000 100000"},
            "kubepods.slice/pod1/box": {"cpu.max": "600000 100000"},
        },
    )
    cores = read_cores(root)
    assert cores.quota == 3.5
    assert default_threads(cores) == 3
    assert explain_threads(cores) == (
        "3 threads: the cgroup quota (3.5 of 20 CPUs) allows no more."
    )


def test_quota_inside_a_v2_namespace_is_found_at_the_mount(tmp_path: Path) -> None:
    assert read_quota(cgroup2(tmp_path, "/", {"/": {"cpu.max": "150000 100000"}})) == 1.5


def test_quota_of_v1_is_found_where_the_mount_shows_only_the_container(tmp_path: Path) -> None:
    root = cgroup1(
        smt_server(tmp_path),
        "/docker/abc/inner",
        {
            "cpu,cpuacct": {"cpu.cfs_quota_us": "400000", "cpu.cfs_period_us": "100000"},
            "cpu,cpuacct/inner": {"cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "100000"},
        },
    )
    assert default_threads(read_cores(root)) == 4


def test_quota_below_one_cpu_still_gives_a_thread() -> None:
    assert default_threads(Cores(8, 8, 8, affinity=8, reachable=8, quota=0.5)) == 1


def test_no_cgroup_is_no_quota(tmp_path: Path) -> None:
    assert read_quota(write_cpus(tmp_path, [(0,)])) is None


def test_macos_asks_for_its_performance_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sysctl = tmp_path / "sysctl"
    sysctl.write_text(
        "#!/bin/sh\ncase $2 in\n  hw.perflevel0.physicalcpu) echo 6;;\n"
        "  hw.physicalcpu|hw.logicalcpu) echo 8;;\n  *) exit 1;;\nesac\n"
    )
    sysctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert read_cores() == Cores(8, 8, 6, affinity=8, reachable=6)


@on_linux
def test_this_machine_agrees_with_the_scheduler() -> None:
    cores = read_cores()
    assert cores.affinity == len(os.sched_getaffinity(0))
    assert cores.affinity <= cores.logical
    assert 1 <= cores.performance <= cores.physical <= cores.logical
    assert 1 <= default_threads(cores) <= cores.affinity


@on_linux
def test_this_machine_bound_to_one_cpu_uses_one_thread() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from llamachat.hardware.cores import default_threads, read_cores\n"
        "print(read_cores().affinity, default_threads(read_cores()))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["1", "1"]
