"""Names on this disk: the hub's for its files, harmless ones for all others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.models.fetch.place import Place, place_of
from llamachat.models.hub import RemoteFile
from llamachat.paths import data_dir

CACHE = Path("/cache")
COMMIT = "c" * 40
FILE = RemoteFile(
    "user/repo", COMMIT, "sub/m.gguf", "http://hub/m", 9, "a" * 64, "a" * 64, "a" * 64, "main"
)


def address(url: str) -> RemoteFile:
    return RemoteFile("", "", "m", url, 0, None, "", "")


def test_a_file_of_the_hub_lies_where_the_hub_has_it() -> None:
    place = place_of(FILE, CACHE)
    folder = CACHE / "models--user--repo"
    assert place.bytes == folder / "blobs" / ("a" * 64)
    assert place.path == folder / "snapshots" / COMMIT / "sub" / "m.gguf"
    assert place.ref == folder / "refs" / "main"
    assert place.lock == CACHE / ".locks" / "models--user--repo" / f"{'a' * 64}.lock"
    assert place.partial.parent == place.bytes.parent


def test_a_file_of_any_address_lies_in_our_folder() -> None:
    place = place_of(address("https://user:secret@example.org/a/m.gguf"), CACHE)
    assert place.path == data_dir() / "fetched" / "example.org" / "a" / "m.gguf"


def test_two_addresses_are_two_files() -> None:
    urls = [f"https://example.org/get{rest}" for rest in ("", "?id=1", "?id=2", "/x", ":1")]
    urls.append("https://example.org:81/get")
    assert len({place_of(address(url), CACHE).path for url in urls}) == len(urls)


@given(st.text("./\\%2eE~ a\0", max_size=30))
def test_no_address_leads_out_of_our_folder(path: str) -> None:
    root = data_dir() / "fetched"
    target = place_of(address(f"https://example.org/{path}"), CACHE).path
    assert target.is_relative_to(root)
    assert ".." not in target.parts


def finished(tmp_path: Path) -> Place:
    place = place_of(FILE, tmp_path)
    place.partial.parent.mkdir(parents=True)
    place.partial.write_bytes(b"GGUF")
    place.finish()
    return place


def test_the_link_is_relative_and_the_cache_can_be_moved(tmp_path: Path) -> None:
    place = finished(tmp_path / "one")
    place.show()
    (tmp_path / "one").rename(tmp_path / "two")
    assert place_of(FILE, tmp_path / "two").path.read_bytes() == b"GGUF"


def test_a_link_that_leads_elsewhere_is_corrected(tmp_path: Path) -> None:
    place = finished(tmp_path)
    place.path.parent.mkdir(parents=True)
    place.path.symlink_to("nowhere")
    place.show()
    assert place.path.read_bytes() == b"GGUF"


def test_showing_again_writes_nothing(tmp_path: Path) -> None:
    place = finished(tmp_path)
    place.show()
    before = [path.lstat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))]
    place.show()
    assert [path.lstat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))] == before


def test_the_lock_is_waited_for_and_the_wait_can_end(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def waiting() -> None:
        raise Enough

    place = place_of(FILE, tmp_path)
    with place.locked(waiting), pytest.raises(Enough), place.locked(waiting):
        raise AssertionError("two hold the lock")
    with place.locked(waiting):
        assert place.lock.is_file()
