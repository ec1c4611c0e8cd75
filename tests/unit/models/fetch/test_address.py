"""A file from any server: resumed like the others, checked as far as that is possible."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from llamachat.errors import DownloadError, UsageError
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.models.fetch.address import remote_file
from llamachat.models.hub import RemoteFile
from llamachat.models.manifest import find
from llamachat.paths import data_dir
from tests.hub_server import Cut, Page, Replaced, Stored, Unsized
from tests.hub_server.hub import TOKEN
from tests.unit.models.fetch.conftest import Person


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_generated_llama(path, TINY, "q8_0")
    return path.read_bytes()


def published(person: Person, data: bytes, *, sha256: str | None = None) -> RemoteFile:
    """The content network is an ordinary server, if one does not come from the hub."""
    person.server.add("user/other", {"tiny.gguf": data})
    url = f"{person.server.cdn}/folder/{Stored(data).sha256}"
    return remote_file(url, person.hub, sha256=sha256)


def test_it_is_fetched_resumed_and_remembered(person: Person, gguf: bytes) -> None:
    file = published(person, gguf)
    assert file.size == len(gguf)
    person.server.faults += [Cut(1000), Cut(5000)]
    path = person.fetch((file,))
    assert path.read_bytes() == gguf
    host = person.server.cdn.removeprefix("http://").replace(":", "_")
    assert path.parent == data_dir() / "fetched" / host / "folder"
    manifest = find(path)
    assert manifest is not None
    assert (manifest.source, manifest.confirmed) == (file.url, ())
    sent = person.server.sent
    assert person.fetch((file,)) == path
    assert person.server.sent == sent == len(gguf)


def test_no_token_goes_there(person: Person, gguf: bytes) -> None:
    person.hub = replace(person.hub, token=TOKEN)
    person.fetch((published(person, gguf),))
    assert all("authorization" not in request.headers for request in person.server.requests)


def test_a_server_that_tells_no_size_is_believed_to_the_end(person: Person, gguf: bytes) -> None:
    file = replace(published(person, gguf), size=0)
    person.server.faults.append(Unsized())
    assert person.fetch((file,)).read_bytes() == gguf


def test_a_cut_that_looks_like_an_end_is_found_in_the_header(person: Person, gguf: bytes) -> None:
    file = replace(published(person, gguf), size=0)
    person.server.faults.append(Unsized(after=len(gguf) // 2))
    with pytest.raises(DownloadError):
        person.fetch((file,))
    assert not list((data_dir() / "fetched").rglob("*.gguf"))


def test_a_change_on_the_way_begins_it_again(person: Person, gguf: bytes) -> None:
    file = published(person, gguf)
    other = gguf[:-1] + b"?"
    person.server.faults += [Cut(1000), Replaced(other)]
    assert person.fetch((file,)).read_bytes() == other


def test_a_hash_that_is_known_must_fit(person: Person, gguf: bytes) -> None:
    with pytest.raises(DownloadError, match="should be 0000"):
        person.fetch((published(person, gguf, sha256="0" * 64),))
    right = hashlib.sha256(gguf).hexdigest()
    assert person.fetch((published(person, gguf, sha256=right),)).is_file()


def test_a_page_is_no_model(person: Person, gguf: bytes) -> None:
    file = replace(published(person, gguf), size=0)
    person.server.faults.append(Page())
    with pytest.raises(DownloadError, match="a web page instead of"):
        person.fetch((file,))


def test_an_address_without_a_file_is_refused(person: Person) -> None:
    with pytest.raises(UsageError):
        remote_file("https://example.org/", person.hub)
    with pytest.raises(DownloadError) as refused:
        remote_file("https://u:secret@example.org/m.gguf", replace(person.hub, offline=True))
    assert "secret" not in str(refused.value)
    assert "https://example.org/m.gguf" in str(refused.value)
