"""Pages of a mapped file leave this process and nothing is lost, whatever the file is called."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llamachat.hardware.mapped_pages import CAN_DROP, drop_pages
from llamachat.hardware.memory import mapped_file_bytes

SIZE = 16 << 20
ROOM = 4 << 20
"""what else may come and go meanwhile"""
CONTENTS = bytes(range(256)) * (SIZE // 256)

pytestmark = pytest.mark.skipif(not CAN_DROP, reason="nothing tells where a file is mapped")
Mapped = Callable[[Path, int], mmap.mmap]


@pytest.fixture
def mapped() -> Iterator[Mapped]:
    """Maps a file, all of whose pages have been looked at."""
    opened: list[mmap.mmap] = []

    def open_one(path: Path, access: int) -> mmap.mmap:
        path.write_bytes(CONTENTS)
        with path.open("r+b") as file:
            view = mmap.mmap(file.fileno(), 0, access=access)
        opened.append(view)
        assert view[:: mmap.PAGESIZE] == CONTENTS[:: mmap.PAGESIZE]
        return view

    yield open_one
    for view in opened:
        view.close()


def resident() -> int:
    found = mapped_file_bytes()
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["7b.gguf", "two words  .gguf", "two\nlines.gguf", "größer.gguf"])
def test_dropped_pages_come_back_when_they_are_looked_at(
    tmp_path: Path, mapped: Mapped, name: str
) -> None:
    path = tmp_path / name
    view = mapped(path, mmap.ACCESS_READ)
    before = resident()
    assert drop_pages([path]) == SIZE
    assert resident() < before - SIZE + ROOM
    assert view[:] == CONTENTS


def test_a_link_leads_to_the_file(tmp_path: Path, mapped: Mapped) -> None:
    mapped(tmp_path / "real.gguf", mmap.ACCESS_READ)
    (tmp_path / "link.gguf").symlink_to(tmp_path / "real.gguf")
    assert drop_pages([tmp_path / "link.gguf"]) == SIZE


@pytest.mark.parametrize("access", [mmap.ACCESS_COPY, mmap.ACCESS_WRITE])
def test_what_may_be_written_to_is_left_alone(tmp_path: Path, mapped: Mapped, access: int) -> None:
    path = tmp_path / "m.gguf"
    view = mapped(path, access)
    view[0] = 42
    assert drop_pages([path]) == 0
    assert view[0] == 42


def test_other_files_are_left_alone(tmp_path: Path, mapped: Mapped) -> None:
    mapped(tmp_path / "m.gguf", mmap.ACCESS_READ)
    before = resident()
    assert drop_pages([tmp_path / "other.gguf", tmp_path / "not there"]) == 0
    assert resident() > before - ROOM


def test_the_first_bytes_of_several_files_go(tmp_path: Path, mapped: Mapped) -> None:
    paths = [tmp_path / "m-00001.gguf", tmp_path / "m-00002.gguf"]
    views = [mapped(path, mmap.ACCESS_READ) for path in paths]
    before = resident()
    assert drop_pages(paths, SIZE // 2) == SIZE // 2
    assert resident() < before - SIZE // 2 + ROOM
    assert drop_pages(paths, SIZE + SIZE // 4) == SIZE + SIZE // 4
    assert [view[:] for view in views] == [CONTENTS, CONTENTS]
