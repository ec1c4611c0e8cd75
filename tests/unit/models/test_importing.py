"""Import: in place, as a copy, out of a llamafile; and everything that is refused."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from llamachat.errors import DownloadError, LlamaChatError, ModelError, UsageError
from llamachat.models import copying
from llamachat.models.importing import import_folder, import_model
from llamachat.models.manifest import find, manifests, record
from tests.unit.models.files import SMALL, llamafile, sha, sums, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "disk" / "small model.gguf")


def test_model_is_remembered_where_it_is(path: Path) -> None:
    made = import_model(path)
    assert (made.path, made.name, made.sha256, made.source) == (path, "small-model", sha(), "")
    assert manifests() == [made]
    assert not import_folder().exists()


def test_copy_is_kept_under_its_name(path: Path) -> None:
    made = import_model(path, name="mine", how="copy")
    assert made.path == import_folder() / "mine.gguf"
    assert made.path.read_bytes() == SMALL
    assert (made.sha256, made.source) == (sha(), str(path))
    path.unlink()
    assert find(made.path) == made


def test_llamafile_gives_its_model(tmp_path: Path) -> None:
    program = llamafile(tmp_path / "a.llamafile", {"small.gguf": SMALL, "x.so": b"code"})
    seen: list[int] = []
    made = import_model(program, on_file=lambda file: lambda done, total: seen.append(done))
    assert made.path == import_folder() / "small.gguf"
    assert made.path.read_bytes() == SMALL
    assert made.source == f"small.gguf in {program}"
    assert seen == [len(SMALL)]
    with pytest.raises(UsageError, match="can not be used where it is"):
        import_model(program, name="b", how="link")


def test_damaged_llamafile_leaves_nothing(tmp_path: Path) -> None:
    program = llamafile(tmp_path / "a.llamafile", {"small.gguf": SMALL})
    content = bytearray(program.read_bytes())
    content[content.index(SMALL) + 100] ^= 1
    program.write_bytes(content)
    with pytest.raises(DownloadError, match="CRC-32"):
        import_model(program)
    write(program, b"")
    llamafile(program, {"small.gguf": SMALL[:-9]})
    with pytest.raises(ModelError, match=r"^small\.gguf is cut off"):
        import_model(program)
    assert list(import_folder().iterdir()) == []
    assert manifests() == []


def test_all_parts_of_a_split_model_are_taken(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"m-0000{n}-of-00002.gguf") for n in (1, 2)]
    made = import_model(parts[0], name="whole", how="copy")
    assert made.path.name == "whole-00001-of-00002.gguf"
    assert [m.path.name for m in manifests()] == [made.path.name, "whole-00002-of-00002.gguf"]
    assert {m.name for m in manifests()} == {"whole"}
    parts[1].unlink()
    with pytest.raises(ModelError, match="There is no file"):
        import_model(parts[0])


def test_lists_beside_the_file_are_held_against_it(path: Path) -> None:
    named = path.rename(path.with_name("m.gguf"))
    sums(named.parent, "SHA256SUMS", m_gguf=sha())
    assert import_model(named).confirmed == ("SHA256SUMS",)
    sums(named.parent, "SHA256SUMS", m_gguf="a" * 64)
    for how in ("link", "copy"):
        with pytest.raises(DownloadError, match=r"SHA-256 should be a{64}"):
            import_model(named, name="other", how=how)
    assert [found.name for found in manifests()] == ["m"]
    assert not list(import_folder().glob("*"))


def test_changed_file_is_taken_anew(path: Path) -> None:
    record(path, sha256="b" * 64, source="hf:a/b/c")
    made = import_model(path)
    assert (made.sha256, made.source) == (sha(), "")
    again = import_model(path, name="again")
    assert [found.name for found in manifests()] == ["again"]
    assert again.date


def test_names_are_plain_and_belong_to_one_model(path: Path, tmp_path: Path) -> None:
    for name in ("../x", "a b", "-x", ".x", "x" * 101, "a/b", "a\n"):
        with pytest.raises(UsageError, match="can not be the name"):
            import_model(path, name=name)
    import_model(path, name="taken")
    with pytest.raises(UsageError, match="There is a model taken already"):
        import_model(write(tmp_path / "other.gguf"), name="taken")


def test_copies_that_were_killed_are_removed_and_running_ones_are_not(path: Path) -> None:
    dead = write(import_folder() / ".dead.gguf.1234abcd.part")
    running = write(import_folder() / ".running.gguf.1234abcd.part")
    long_ago = time.time() - copying.DEAD - 1
    os.utime(dead, (long_ago, long_ago))
    made = import_model(path, how="copy")
    assert {found.name for found in import_folder().iterdir()} == {running.name, made.path.name}


def test_nothing_else_is_called_bob(path: Path) -> None:
    with pytest.raises(UsageError, match="comes with llamachat"):
        import_model(path, name="Bob")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"tjgg\3\0\0\0", "ggjt v3"), (b"MZ" + bytes(99), "table of contents"),
     (SMALL[:-1], "cut off"), (b"", "is empty"), (b"hello", "text file")],
)  # fmt: skip
def test_what_is_no_model_is_refused_in_words(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ModelError, match=words):
        import_model(path)
    assert manifests() == []


def test_full_disk_is_told_before_anything_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "SPARE", 1 << 60)
    with pytest.raises(LlamaChatError, match=r"needs 0\.00 GB, and its disk has"):
        import_model(path, how="copy")
    assert not import_folder().exists()
