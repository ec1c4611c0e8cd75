"""A fetched model lies in the shared cache as the real client would have left it, verified."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psutil
import pytest

from llamachat.errors import DownloadError
from llamachat.models.manifest import find, quick_check
from tests.hub_server import Stored
from tests.unit.models.fetch.conftest import DATA, NAME, REPO, Person

SHA256 = hashlib.sha256(DATA).hexdigest()


def test_the_layout_is_the_hubs(person: Person) -> None:
    path = person.fetch()
    commit = person.server.repositories[REPO].branches["main"]
    assert path == person.folder.snapshot(commit, NAME)
    assert path.read_bytes() == DATA
    assert path.readlink() == Path("../../blobs") / SHA256
    assert person.folder.ref("main").read_text() == commit
    assert [p.name for p in person.folder.blobs.iterdir()] == [SHA256]


def test_what_was_verified_is_remembered(person: Person) -> None:
    manifest = find(person.fetch())
    assert manifest is not None
    assert (manifest.sha256, manifest.source) == (SHA256, f"hf:{REPO}/{NAME}")
    assert manifest.revision == person.server.repositories[REPO].branches["main"]
    assert manifest.confirmed == (person.hub.endpoint.removeprefix("http://"),)
    assert manifest.name == "m.Q4_0"
    assert quick_check(manifest) is None


@pytest.mark.parametrize("stored", [Stored(DATA), Stored(DATA, xet=True), Stored(DATA, lfs=False)])
def test_the_real_client_accepts_it_and_downloads_nothing(person: Person, stored: Stored) -> None:
    from huggingface_hub import HfApi, hf_hub_download

    person.server.add(REPO, {NAME: stored})
    path = person.fetch()
    sent = person.server.sent
    theirs = hf_hub_download(
        REPO, NAME, cache_dir=person.hub.cache, endpoint=person.hub.endpoint, token=False
    )
    assert Path(theirs) == path
    api = HfApi(endpoint=person.hub.endpoint, token=False)
    verified = api.verify_repo_checksums(REPO, cache_dir=person.hub.cache)
    assert (verified.checked_count, verified.mismatches, verified.extra_paths) == (1, [], [])
    assert person.server.sent == sent


def test_the_second_time_nothing_is_asked_of_the_network(person: Person) -> None:
    files = person.files()
    path, asked = person.fetch(files), len(person.server.requests)
    person.told.clear()
    assert person.fetch(files) == path
    assert len(person.server.requests) == asked
    assert person.states == ["done"]


def test_all_parts_of_a_split_model_come_in_order(person: Person) -> None:
    names = [f"m-{n:05d}-of-00003.gguf" for n in (1, 2, 3)]
    person.server.add(REPO, {name: DATA + name.encode() for name in names})
    path = person.fetch()
    assert path.name == names[0]
    assert sorted(p.name for p in path.parent.iterdir()) == names
    assert all(find(path.with_name(name)) for name in names)
    last = person.told[-1]
    assert (last.state, last.done, last.total) == (
        "done",
        last.total,
        3 * (len(DATA) + len(names[0])),
    )
    assert {p.note for p in person.told if p.state == "fetching"} >= {"part 2 of 3"}


def test_what_another_program_fetched_is_hashed_and_not_fetched_again(person: Person) -> None:
    from huggingface_hub import hf_hub_download

    cache, endpoint = person.hub.cache, person.hub.endpoint
    theirs = Path(hf_hub_download(REPO, NAME, cache_dir=cache, endpoint=endpoint, token=False))
    assert find(theirs) is None
    sent = person.server.sent
    assert person.fetch() == theirs
    assert person.server.sent == sent
    assert "checking" in person.states
    assert find(theirs) is not None


def test_a_blob_that_is_damaged_is_fetched_again(person: Person) -> None:
    blob = person.folder.blobs / SHA256
    blob.parent.mkdir(parents=True)
    blob.write_bytes(DATA[:-1] + b"?")
    assert person.fetch().read_bytes() == DATA


def test_a_new_version_does_not_touch_the_old_one(person: Person) -> None:
    old = person.fetch()
    person.server.add(REPO, {NAME: DATA + b"2"})
    new = person.fetch()
    assert (old.read_bytes(), new.read_bytes()) == (DATA, DATA + b"2")
    assert person.folder.ref("main").read_text() == new.parent.name


def test_where_links_are_impossible_the_bytes_lie_in_the_snapshot(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_DISABLE_SYMLINKS", "1")
    path = person.fetch()
    assert not path.is_symlink()
    assert path.read_bytes() == DATA
    sent = person.server.sent
    person.fetch()
    assert person.server.sent == sent


def test_a_token_stays_with_the_hub(person: Person) -> None:
    from dataclasses import replace

    from tests.hub_server.hub import TOKEN

    person.server.add(REPO, {NAME: DATA}, access="private")
    person.hub = replace(person.hub, token=TOKEN)
    person.fetch()
    asked = person.server.asked("hub")
    assert all(r.headers["authorization"] == f"Bearer {TOKEN}" for r in asked)
    (bytes_request,) = person.server.asked("cdn")
    assert "authorization" not in bytes_request.headers
    assert TOKEN not in str(bytes_request)


def test_a_disk_without_room_is_said_before_a_byte_is_fetched(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llamachat.hardware.disk import DiskSpace
    from llamachat.models.fetch import fetching

    def small(folder: Path) -> DiskSpace:
        return DiskSpace(total=10**9, free=len(DATA) - 1, device=1)

    monkeypatch.setattr(fetching, "read_disk", small)
    with pytest.raises(DownloadError) as refused:
        person.fetch()
    assert f"{NAME} needs 0.20 MB" in refused.value.message
    assert "HF_HOME=" in refused.value.hint
    assert not person.server.sent
    person.partial.parent.mkdir(parents=True, exist_ok=True)
    partial = person.folder.blobs / f"{SHA256}.llamachat.incomplete"
    partial.write_bytes(DATA[:10])
    assert person.fetch().is_file()  # what is here already needs no room


def test_a_folder_that_cannot_be_written_is_named(person: Person) -> None:
    person.hub.cache.write_text("a file where a folder should be")
    with pytest.raises(DownloadError) as refused:
        person.fetch()
    assert str(person.hub.cache) in refused.value.message


def test_nothing_is_left_open(person: Person) -> None:
    person.fetch()
    here = [file.path for file in psutil.Process().open_files()]
    assert not [path for path in here if str(person.hub.cache) in path]
