"""What was left of interrupted transfers is listed, thrown away, and never while it is in use."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.errors import DownloadError
from llamachat.models.catalog import find
from llamachat.models.fetch.address import remote_file
from llamachat.models.fetch.leftovers import OLD, collect, discard, leftovers
from llamachat.models.fetch.place import place_of
from llamachat.models.hub.cache import INCOMPLETE, RepositoryFolder
from tests.hub_server import Cut, Stored
from tests.unit.models.fetch.conftest import QUICK, REPO, Person


def test_a_leftover_is_listed_and_goes(person: Person) -> None:
    (file,) = person.files()
    person.patience = replace(QUICK, tries=1)
    person.server.faults.append(Cut(1234))
    with pytest.raises(DownloadError):
        person.fetch((file,))
    (left,) = leftovers(person.hub.cache)
    assert (left.source, left.blob, left.size) == (f"hf:{REPO}", file.blob, 1234)
    with (
        place_of(file, person.hub.cache).locked(lambda: None),
        pytest.raises(DownloadError, match="being fetched just now"),
    ):
        discard(left)
    discard(left)
    assert not leftovers(person.hub.cache)
    assert not list(person.folder.blobs.iterdir())


def test_what_is_not_ours_to_delete_is_said_in_a_sentence(person: Person) -> None:
    interrupted(person.folder.blobs / f"b{INCOMPLETE}", days=OLD / 86400 + 1)
    (left,) = leftovers(person.hub.cache)
    left.path.unlink()
    left.path.mkdir()  # refused to everybody, the superuser too
    with pytest.raises(DownloadError, match="cannot be deleted: Is a directory") as refused:
        discard(left)
    assert refused.value.hint == f"See who may write there: ls -ld {left.path.parent}"


def interrupted(partial: Path, *, days: float = 0) -> Path:
    """A partial file that nobody has written to for so long."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(b"1234567")
    then = time.time() - days * 24 * 3600
    os.utime(partial, (then, then))
    return partial


def test_what_is_old_is_collected_unless_it_is_in_use_or_wanted(person: Person) -> None:
    cache, (file,) = person.hub.cache, person.files()
    blobs, days = person.folder.blobs, OLD / 86400
    wanted = interrupted(place_of(file, cache).partial, days=days + 1)
    used = interrupted(blobs / f"used{INCOMPLETE}", days=days + 1)
    young = interrupted(blobs / f"young{INCOMPLETE}", days=days - 1)
    old = interrupted(blobs / f"old{INCOMPLETE}", days=days + 1)
    sidecar = old.with_name(f"{old.name}.etag")
    sidecar.write_text("etag")
    place = replace(place_of(file, cache), lock=person.folder.lock("used"))
    with place.locked(lambda: None):
        assert collect(cache, keep=[file]) == 7
    assert {path.name for path in blobs.iterdir()} == {wanted.name, used.name, young.name}
    assert collect(cache) == 14


def test_a_file_of_any_address_is_listed_and_collected_too(person: Person) -> None:
    person.server.add("user/other", {"m.gguf": b"GGUF"})
    url = f"{person.server.cdn}/folder/{Stored(b'GGUF').sha256}"
    place = place_of(remote_file(url, person.hub), person.hub.cache)
    interrupted(place.partial, days=99)
    (left,) = leftovers(person.hub.cache)
    assert (left.lock, left.blob) == (place.lock, "")
    assert left.source.endswith(f"/folder/{Stored(b'GGUF').sha256}")
    assert collect(person.hub.cache) == 7
    assert not place.partial.exists()


def test_a_file_that_is_known_is_called_by_its_name(person: Person) -> None:
    entry = find("llama-2-7b-chat:Q4_0")
    assert entry is not None
    folder = RepositoryFolder(person.hub.cache, entry.repository)
    interrupted(folder.blobs / f"{entry.sha256}{INCOMPLETE}")
    (left,) = leftovers(person.hub.cache)
    assert left.source == f"hf:{entry.repository}/{entry.file}"


def test_the_real_client_sees_it_as_an_interrupted_download(person: Person) -> None:
    from huggingface_hub import scan_cache_dir

    person.fetch()
    (person.folder.blobs / "b.llamachat.incomplete").write_bytes(b"12")
    found = scan_cache_dir(person.hub.cache)
    assert [file.size_on_disk for file in found.incomplete_files] == [2]
    assert not found.warnings
    assert len(found.repos) == 1
