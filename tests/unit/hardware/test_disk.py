"""Room on the disk of folders that exist and that do not."""

from pathlib import Path

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
