"""Memory of recorded machines and containers, and of this one."""

import mmap
import platform
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from llamachat.hardware.memory import (
    MemoryState,
    mapped_file_bytes,
    read_memory,
    resident_bytes,
)
from tests.unit.hardware.trees import cgroup1, cgroup2, write_files

GIB = 1 << 30
on_linux = pytest.mark.skipif(platform.system() != "Linux", reason="reads /proc")


def machine(root: Path) -> Path:
    """16 GiB, 12 of them available, 2 GiB of swap."""
    lines = {"MemTotal": 16, "MemFree": 3, "MemAvailable": 12, "SwapTotal": 2, "SwapFree": 1}
    text = "\n".join(f"{key}:{size * GIB // 1024:>16} kB" for key, size in lines.items())
    return write_files(root, {"proc/meminfo": text})


def test_memory_without_a_container_is_what_the_machine_has(tmp_path: Path) -> None:
    memory = read_memory(machine(tmp_path))
    assert memory == MemoryState(16 * GIB, 12 * GIB, 2 * GIB, 1 * GIB)
    assert memory.usable == 12 * GIB


def test_container_limit_counts_its_file_cache_as_room(tmp_path: Path) -> None:
    files = {
        "memory.max": str(4 * GIB),
        "memory.current": str(3 * GIB),
        "memory.stat": f"anon 1\ninactive_file {GIB}\nactive_file {GIB // 2}",
    }
    memory = read_memory(cgroup2(machine(tmp_path), "/", {"/": files}))
    assert memory.cgroup_limit == 4 * GIB
    assert memory.usable == 5 * GIB // 2


def test_tightest_level_is_the_one_with_the_least_room(tmp_path: Path) -> None:
    pod = {"memory.max": str(6 * GIB), "memory.current": str(5 * GIB)}
    box = {"memory.max": str(4 * GIB), "memory.current": str(1 * GIB)}
    memory = read_memory(cgroup2(machine(tmp_path), "/pod/box", {"pod": pod, "pod/box": box}))
    assert (memory.cgroup_limit, memory.cgroup_used) == (6 * GIB, 5 * GIB)
    assert memory.usable == GIB


def test_soft_limit_of_v2_counts(tmp_path: Path) -> None:
    files = {"memory.max": "max", "memory.high": str(2 * GIB), "memory.current": str(GIB)}
    assert read_memory(cgroup2(machine(tmp_path), "/", {"/": files})).usable == GIB


def test_v1_sums_the_file_cache_of_its_children(tmp_path: Path) -> None:
    files = {
        "memory.limit_in_bytes": str(2 * GIB),
        "memory.usage_in_bytes": str(2 * GIB),
        "memory.stat": f"inactive_file 0\ntotal_inactive_file {GIB}\ntotal_active_file 4096",
    }
    memory = read_memory(cgroup1(machine(tmp_path), "/docker/abc", {"memory": files}))
    assert memory.usable == GIB + 4096


def test_no_limit_of_v1_is_no_limit(tmp_path: Path) -> None:
    files = {"memory.limit_in_bytes": "9223372036854771712", "memory.usage_in_bytes": "1"}
    memory = read_memory(cgroup1(machine(tmp_path), "/docker/abc", {"memory": files}))
    assert memory.cgroup_limit is None


def test_overdrawn_limit_leaves_nothing_rather_than_less() -> None:
    assert MemoryState(16 * GIB, 12 * GIB, 0, 0, cgroup_limit=GIB, cgroup_used=2 * GIB).usable == 0


def test_this_machine_agrees_with_psutil() -> None:
    memory, seen = read_memory(), psutil.virtual_memory()
    assert memory.total == seen.total
    assert abs(memory.available - seen.available) < GIB
    assert 0 < memory.usable <= memory.total


def test_resident_size_follows_what_a_process_holds() -> None:
    """Pages asked for from the kernel itself: an allocator may hand out what it already holds."""
    before = resident_bytes()
    with mmap.mmap(-1, 64 << 20) as block:
        for page in range(0, len(block), mmap.PAGESIZE):
            block[page] = 1
        assert resident_bytes() - before > 0.9 * len(block)


def test_resident_size_of_another_process_agrees_with_psutil() -> None:
    code = "import sys; print(flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it has started: its size stands still
        size = psutil.Process(child.pid).memory_info().rss
        assert resident_bytes(child.pid) == pytest.approx(size, rel=0.5)


def test_resident_size_of_a_process_that_is_gone_is_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert resident_bytes(child.pid) == 0
    assert mapped_file_bytes(child.pid) is None


GIVE_BACK = """
from llamachat.hardware.memory import peak_resident_bytes, resident_bytes
block = bytearray(64 << 20)
block[:: 1 << 12] = b"x" * len(block[:: 1 << 12])
del block
print(peak_resident_bytes() - resident_bytes())
"""


@on_linux
def test_the_peak_stays_after_memory_was_given_back() -> None:
    """In a process of its own: one that was larger before has its peak behind it."""
    command = [sys.executable, "-c", GIVE_BACK]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) > 48 << 20


@on_linux
def test_file_pages_are_part_of_the_resident_size() -> None:
    mapped = mapped_file_bytes()
    assert mapped is not None
    assert 0 < mapped < resident_bytes()
