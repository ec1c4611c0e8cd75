"""A model that is here is used without a network, once its bytes were checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.errors import DownloadError
from llamachat.models.fetch import Cancelled
from llamachat.models.fetch.address import remote_file
from llamachat.models.fetch.local import is_certain, local_address, local_model
from llamachat.models.manifest import find, forget
from llamachat.models.reference import HubReference
from tests.hub_server import Stored
from tests.unit.models.fetch.conftest import NAME, REPO, Person
from tests.unit.models.files import SMALL


def local(person: Person) -> Path | None:
    return local_model(
        HubReference(REPO), person.hub, on_progress=person.told.append, control=person.control
    )


def test_what_was_fetched_is_found_again_at_once(person: Person) -> None:
    assert local(person) is None
    path = person.fetch()
    person.told.clear()
    assert local(person) == path
    assert not person.told


def test_what_another_program_put_there_is_hashed_once(person: Person) -> None:
    path = person.fetch()
    forget(path)
    assert local(person) == path
    manifest = find(path)
    assert manifest is not None
    assert manifest.source == f"hf:{REPO}/{NAME}"
    assert manifest.confirmed == ("the hub cache",)


def test_a_damaged_file_is_not_used(person: Person) -> None:
    path = person.fetch()
    forget(path)
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    with pytest.raises(DownloadError) as refused:
        local(person)
    assert refused.value.hint == f"Fetch it again: llamachat models pull hf:{REPO}"
    assert find(path) is None


def test_hashing_can_be_stopped(person: Person) -> None:
    forget(person.fetch())
    person.control.cancel()
    with pytest.raises(Cancelled):
        local(person)


def test_a_file_of_any_address_is_found_as_long_as_it_is_as_it_was(person: Person) -> None:
    person.server.add("user/other", {"m.gguf": SMALL})
    url = f"{person.server.cdn}/folder/{Stored(SMALL).sha256}"
    assert local_address(url, person.hub) is None
    path = person.fetch((remote_file(url, person.hub),))
    assert local_address(url, person.hub) == path
    path.write_bytes(SMALL + b"?")
    assert local_address(url, person.hub) is None


def test_only_a_choice_that_the_hub_would_make_too_is_certain() -> None:
    here = Path("m.Q4_0.gguf")
    assert not is_certain(HubReference(REPO), here)
    assert is_certain(HubReference(REPO), Path("m.Q4_K_M.gguf"))
    assert is_certain(HubReference(REPO, "Q4_0"), here)
    assert is_certain(HubReference(REPO, file=NAME), here)
