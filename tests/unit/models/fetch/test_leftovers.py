"""What was left of interrupted transfers is listed, thrown away, and never while it is in use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llamachat.errors import DownloadError
from llamachat.models.fetch.leftovers import discard, leftovers
from llamachat.models.fetch.place import place_of
from tests.hub_server import Cut
from tests.unit.models.fetch.conftest import QUICK, REPO, Person


def test_a_leftover_is_listed_and_goes(person: Person) -> None:
    (file,) = person.files()
    person.patience = replace(QUICK, tries=1)
    person.server.faults.append(Cut(1234))
    with pytest.raises(DownloadError):
        person.fetch((file,))
    (left,) = leftovers(person.hub.cache)
    assert (left.repo, left.blob, left.size) == (REPO, file.blob, 1234)
    with (
        place_of(file, person.hub.cache).locked(lambda: None),
        pytest.raises(DownloadError, match="being fetched just now"),
    ):
        discard(left, person.hub.cache)
    discard(left, person.hub.cache)
    assert not leftovers(person.hub.cache)
    assert not list(person.folder.blobs.iterdir())


def test_the_real_client_sees_it_as_an_interrupted_download(person: Person) -> None:
    from huggingface_hub import scan_cache_dir

    person.fetch()
    (person.folder.blobs / "b.llamachat.incomplete").write_bytes(b"12")
    found = scan_cache_dir(person.hub.cache)
    assert [file.size_on_disk for file in found.incomplete_files] == [2]
    assert not found.warnings
    assert len(found.repos) == 1
