"""Which folders of the cgroup file systems bind a process."""

from pathlib import Path

from llamachat.hardware.cgroup import cgroup_folders
from tests.unit.hardware.trees import cgroup1, cgroup2, write_files


def test_folders_climb_from_the_own_one_to_the_mount(tmp_path: Path) -> None:
    mount = tmp_path / "sys/fs/cgroup"
    root = cgroup2(tmp_path, "/a.slice/b.scope", {})
    assert list(cgroup_folders("cpu", root)) == [
        mount / "a.slice/b.scope",
        mount / "a.slice",
        mount,
    ]


def test_folders_of_v1_belong_to_their_controller(tmp_path: Path) -> None:
    root = cgroup1(tmp_path, "/docker/abc", {"memory": {"x": "1"}, "cpu,cpuacct": {"x": "1"}})
    assert list(cgroup_folders("memory", root)) == [tmp_path / "sys/fs/cgroup/memory"]
    assert list(cgroup_folders("cpu", root)) == [tmp_path / "sys/fs/cgroup/cpu,cpuacct"]


def test_path_outside_of_the_namespace_falls_back_to_the_mount(tmp_path: Path) -> None:
    root = write_files(cgroup2(tmp_path, "/", {}), {"proc/self/cgroup": "0::/../../other"})
    assert list(cgroup_folders("cpu", root)) == [tmp_path / "sys/fs/cgroup"]


def test_hybrid_mounts_give_both_hierarchies(tmp_path: Path) -> None:
    root = write_files(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/job\n1:name=systemd:/\n0::/unit",
            "proc/self/mountinfo": (
                "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
                "41 31 0:38 / /sys/fs/cgroup/unified rw master:7 - cgroup2 cgroup2 rw"
            ),
            "sys/fs/cgroup/memory/job/tasks": "",
            "sys/fs/cgroup/unified/unit/cgroup.procs": "",
        },
    )
    mounts = tmp_path / "sys/fs/cgroup"
    assert list(cgroup_folders("memory", root)) == [
        mounts / "memory/job",
        mounts / "memory",
        mounts / "unified/unit",
        mounts / "unified",
    ]


def test_no_proc_means_no_folders(tmp_path: Path) -> None:
    assert list(cgroup_folders("cpu", tmp_path)) == []
