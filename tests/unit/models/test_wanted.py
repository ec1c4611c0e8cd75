"""What somebody wants is known in words at once, and to the byte once its server was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llamachat.errors import DownloadError, UsageError
from llamachat.models.catalog import find
from llamachat.models.fetch.address import remote_file
from llamachat.models.hub import Hub
from llamachat.models.reference import HubReference, UrlReference
from llamachat.models.wanted import Wanted, wanted_model
from tests.hub_server import HubServer, Stored

DATA = b"GGUF and more"
SHA256 = Stored(DATA).sha256


def test_a_model_of_the_catalogue_is_known_before_anybody_is_asked() -> None:
    wanted = wanted_model("llama-2-7b-chat:q4_0", measure=False)
    entry = find("llama-2-7b-chat:Q4_0")
    assert entry is not None
    assert (wanted.entry, wanted.name, wanted.words) == (entry, entry.name, entry.words)
    assert (wanted.size, wanted.sha256, wanted.file) == (entry.size, entry.sha256, entry.file)
    assert (wanted.source, wanted.confirmed) == (f"hf:{entry.repository}", ("the catalogue",))
    assert wanted_model("llama-2-7b-chat", measure=False).reason


def test_a_model_of_the_hub_is_known_when_the_hub_was_asked(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m-00001-of-00002.gguf": DATA, "m-00002-of-00002.gguf": b"more"})
    wanted = replace(wanted_model("hf:user/repo"), hub=hub)
    assert (wanted.words, wanted.name, wanted.source) == ("hf:user/repo",) * 3
    assert (wanted.size, wanted.sha256, wanted.file, wanted.confirmed) == (0, "", "", ())
    asked = wanted.resolved()
    assert (asked.size, asked.sha256) == (len(DATA) + 4, SHA256)
    assert asked.file == asked.path.name == "m-00001-of-00002.gguf"
    assert asked.path.is_relative_to(hub.cache)
    requests = len(server.requests)
    assert asked.resolved() is asked
    assert len(server.requests) == requests
    with pytest.raises(DownloadError, match="is not the file that is known"):
        wanted.resolved(sha256="0" * 64)


def test_a_file_of_any_address_keeps_its_secrets(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.gguf": DATA})
    url = f"{server.cdn}/folder/{SHA256}?key=secret"
    wanted = replace(wanted_model(url), hub=hub)
    assert wanted.reference == UrlReference(url)
    assert "secret" not in wanted.words + wanted.source
    asked = wanted.resolved(sha256=SHA256)
    assert asked.files == (remote_file(url, hub, sha256=SHA256),)
    assert (asked.size, asked.sha256) == (len(DATA), SHA256)


def test_what_is_nothing_to_fetch_is_refused() -> None:
    with pytest.raises(UsageError, match="there is nothing to fetch"):
        wanted_model("./m.gguf")
    with pytest.raises(UsageError, match="The catalogue has no model 'lama-2-7b'") as refused:
        wanted_model("lama-2-7b")
    assert "Did you mean llama-2-7b-chat?" in refused.value.hint


def test_the_hub_is_that_of_the_environment_unless_it_is_given(hub: Hub) -> None:
    wanted = Wanted(HubReference("user/repo"))
    assert wanted.asked_hub == Hub.from_environment()
    assert replace(wanted, hub=hub).asked_hub is hub
