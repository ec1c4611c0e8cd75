"""Text files are read up to a limit and replaced whole."""

from pathlib import Path

import pytest

from llamachat.text_file import NotUtf8, TextError, read_text, write_whole

LIMIT = 1 << 20


def test_text_comes_back_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "file"
    text = "Grüße\r\n中文\n\r\0"
    write_whole(path, text)
    assert path.read_bytes() == text.encode()
    assert read_text(path, LIMIT) == text


def test_file_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * LIMIT)
    assert len(read_text(path, LIMIT)) == LIMIT
    path.write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(TextError, match=r"^is larger than 1 MB$"):
        read_text(path, LIMIT)
    with pytest.raises(TextError, match=r"^is larger than 1 MB: no poem is$"):
        read_text(path, LIMIT, remark="no poem is")


def test_other_bytes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one \xff\xfe")
    with pytest.raises(NotUtf8, match=r"^is not UTF-8 text: byte 0xff at offset 4$"):
        read_text(path, LIMIT)


def test_what_replaces_a_file_has_its_mode_and_stands_behind_its_link(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_text("before")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, "after")
    assert link.is_symlink()
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [("folder", "x", OSError), ("file", "\udcff", UnicodeEncodeError), ("none/x", "x", OSError)],
)
def test_failed_write_leaves_all_as_it_was(
    name: str, text: str, kind: type[Exception], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("before")
    with pytest.raises(kind):
        write_whole(tmp_path / name, text)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file", tmp_path / "folder"]
    assert (tmp_path / "file").read_text() == "before"
