"""Bytes that are not the right ones never get the name, and are called what they are."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from llamachat.errors import DownloadError
from llamachat.models.manifest import manifests
from tests.hub_server import Cut, Garbled, Page, Replaced, Stored, Unsized
from tests.unit.models.fetch.conftest import DATA, NAME, QUICK, REPO, Person

SHA256 = hashlib.sha256(DATA).hexdigest()
OTHER = DATA[:1000] + b"?" + DATA[1001:]


def refusal(person: Person) -> DownloadError:
    with pytest.raises(DownloadError) as refused:
        person.fetch()
    assert not (person.folder.blobs / SHA256).exists()
    assert not list(person.folder.snapshots.rglob("*.gguf"))
    assert not manifests()
    return refused.value


def test_wrong_bytes_are_thrown_away_with_both_hashes(person: Person) -> None:
    person.server.faults.append(Replaced(OTHER))
    error = refusal(person)
    assert f"should be {SHA256} and is {hashlib.sha256(OTHER).hexdigest()}" in error.message
    assert "has the right size, 200,004 bytes, but other bytes" in error.message
    assert error.hint
    assert not list(person.folder.blobs.iterdir())
    assert person.fetch().read_bytes() == DATA


def test_one_wrong_bit_is_enough(person: Person) -> None:
    person.server.faults.append(Garbled(at=123_456))
    assert SHA256 in refusal(person).message


def test_pieces_that_do_not_fit_together_are_fetched_again_once(person: Person) -> None:
    """A first run left wrong bytes; the second notices at the end, and begins again."""
    person.patience = replace(QUICK, tries=1)
    person.server.faults.append(Cut(1000))
    refusal(person)
    wrong = bytearray(DATA[:1000])
    wrong[10] ^= 1
    person.partial.write_bytes(wrong)
    assert person.fetch().read_bytes() == DATA
    assert "its checksum was wrong; from the beginning" in {p.note for p in person.told}


def test_a_file_that_changes_on_the_way_does_not_end_as_a_mixture(person: Person) -> None:
    person.server.faults += [Cut(1000), Replaced(OTHER)]
    assert person.fetch().read_bytes() == DATA


def test_a_page_instead_of_the_file_keeps_what_was_received(person: Person) -> None:
    person.server.faults += [Cut(1000), Page()]
    error = refusal(person)
    assert error.message == f"127.0.0.1 sent a web page instead of {NAME}."
    assert "sign-in" in error.hint
    assert person.partial.read_bytes() == DATA[:1000]
    assert person.fetch().read_bytes() == DATA


def test_another_size_is_refused_before_a_byte_is_kept(person: Person) -> None:
    person.server.faults += [Cut(1000), Replaced(DATA + b"more")]
    error = refusal(person)
    assert "offers m.Q4_0.gguf with 200,008 bytes; the hub says 200,004" in error.message
    assert person.partial.read_bytes() == DATA[:1000]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Stored(DATA).pointer.ljust(len(DATA), b"\n"), "is only a Git LFS pointer"),
        (b"<!DOCTYPE html><html>".ljust(len(DATA)), "is a web page, not the file"),
        (DATA[:-70_000] + bytes(70_000), "ends in zeros"),
    ],
)
def test_what_came_instead_is_named(person: Person, data: bytes, words: str) -> None:
    person.server.faults.append(Replaced(data))
    assert words in refusal(person).message


def test_more_bytes_than_there_are_end_it(person: Person) -> None:
    files = person.files()
    person.server.faults.append(Unsized())
    short = (replace(files[0], size=len(DATA) - 1),)
    with pytest.raises(DownloadError) as refused:
        person.fetch(short)
    assert "more than the 200,003 bytes" in refused.value.message


def test_a_file_that_is_another_on_the_hub_now_is_noticed(person: Person) -> None:
    (file,) = person.files()
    other = replace(file, blob="f" * 64, sha256="f" * 64)
    with pytest.raises(DownloadError) as refused:
        person.fetch((other,))
    assert refused.value.message == f"{NAME} was changed on the hub meanwhile."
    assert not person.partial.exists()


def test_a_file_that_was_deleted_is_said_to_be_gone(person: Person) -> None:
    (file,) = person.files()
    del person.server.repositories[REPO].commits[file.revision][NAME]
    with pytest.raises(DownloadError) as refused:
        person.fetch((file,))
    assert refused.value.message == f"{NAME} is not at 127.0.0.1 (any more)."
