"""Large memory is gathered into huge pages where the system lets it, and keeps what is in it."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import pytest

from llamachat.hardware import huge_pages
from llamachat.hardware.huge_pages import (
    HUGE_PAGE,
    LARGE,
    STEP,
    ask_for_huge_pages,
    gather_huge_pages,
)


def huge_bytes() -> int:
    found = re.search(r"AnonHugePages:\s+(\d+) kB", Path("/proc/self/smaps_rollup").read_text())
    assert found is not None
    return int(found[1]) * 1024


@pytest.fixture
def large_memory() -> mmap.mmap:
    """Twice what counts as large, every page of it written."""
    memory = mmap.mmap(-1, 2 * LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(15)  # MADV_NOHUGEPAGE: in small pages to begin with
    for place in range(0, len(memory), mmap.PAGESIZE):
        memory[place] = place // mmap.PAGESIZE % 251
    memory.madvise(14)
    return memory


@pytest.mark.skipif(not huge_pages._allowed(), reason="no huge pages on this system")
def test_large_memory_is_gathered_and_keeps_its_contents(large_memory: mmap.mmap) -> None:
    before = huge_bytes()
    gathered = list(gather_huge_pages())
    if not any(gathered):
        pytest.skip("this kernel gathers nothing (older than 6.1)")
    assert max(gathered) <= STEP
    assert huge_bytes() - before >= LARGE
    pages = range(0, len(large_memory), mmap.PAGESIZE)
    assert all(large_memory[place] == place // mmap.PAGESIZE % 251 for place in pages)


def test_nothing_is_gathered_where_the_owner_of_the_system_forbids_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = tmp_path / "enabled"
    setting.write_text("always madvise [never]\n")
    monkeypatch.setattr(huge_pages, "_SETTING", setting)
    assert list(gather_huge_pages()) == []


def test_a_system_without_the_setting_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huge_pages, "_SETTING", tmp_path / "none")
    assert list(gather_huge_pages()) == []


def empty_memory() -> mmap.mmap:
    memory = mmap.mmap(-1, 2 * LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(15)  # MADV_NOHUGEPAGE
    return memory


def write(memory: mmap.mmap) -> None:
    for place in range(0, len(memory), mmap.PAGESIZE):
        memory[place] = 1


@pytest.mark.skipif(not huge_pages._allowed(), reason="no huge pages on this system")
def test_memory_that_is_not_yet_written_comes_in_huge_pages_where_they_are_free() -> None:
    memory, before = empty_memory(), huge_bytes()
    if not ask_for_huge_pages():
        pytest.skip("there are not enough whole free huge pages now")
    write(memory)
    assert huge_bytes() - before >= LARGE


def test_nothing_is_asked_for_where_the_kernel_would_have_to_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "buddyinfo"
    few.write_text("Node 0, zone   Normal   9 9 9 9 9 9 9 9 9   1   2\n")
    monkeypatch.setattr(huge_pages, "_FREE", few)
    memory = empty_memory()
    assert huge_pages._free_bytes() == 5 * HUGE_PAGE
    assert ask_for_huge_pages() == 0
    memory.close()


def test_free_pages_are_not_counted_where_the_system_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huge_pages, "_FREE", tmp_path / "none")
    memory = empty_memory()
    assert ask_for_huge_pages() == 0
    memory.close()
