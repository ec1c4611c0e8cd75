"""Room on the disk of folders that exist and that do not."""

import shutil
from pathlib import Path

import pytest

from llamachat.hardware.disk import existing_folder, read_disk


def test_disk_of_a_folder_to_be_made_is_that_of_its_parent(tmp_path: Path) -> None:
    here, below = read_disk(tmp_path), read_disk(tmp_path / "not/yet/there")
    assert here.total == below.total > 0
    assert 0 <= here.free <= here.total


def test_file_in_the_way_of_a_folder_is_where_the_search_ends(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert existing_folder(tmp_path / "file" / "below") == tmp_path / "file"
    assert read_disk(tmp_path / "file" / "below").device == tmp_path.stat().st_dev


def test_a_name_that_no_disk_can_hold_counts_as_not_there(tmp_path: Path) -> None:
    assert existing_folder(tmp_path / ("x" * 300) / "below") == tmp_path
    assert existing_folder(Path("~nobody-here/below")) == Path.cwd()


def test_a_folder_that_goes_meanwhile_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process that has just given up a download removes what it made."""
    gone = tmp_path / "gone"
    gone.mkdir()
    measure = shutil.disk_usage

    def measure_and_remove(place: Path) -> object:
        usage = measure(place)
        if place == gone:
            gone.rmdir()
        return usage

    monkeypatch.setattr(shutil, "disk_usage", measure_and_remove)
    assert read_disk(gone / "below").device == tmp_path.stat().st_dev
