"""What the hub says of a model, and what its refusals are to a person."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from llamachat.errors import DownloadError, LlamaChatError, ModelError, UsageError
from llamachat.models.fetch import Cancelled, Control, Patience
from llamachat.models.hub import Hub, resolve
from llamachat.models.reference import HubReference, hub_reference
from tests.hub_server import HubServer, Stored
from tests.hub_server.hub import STRANGER, TOKEN

DATA = b"GGUF and more"
SHA256 = hashlib.sha256(DATA).hexdigest()
ONCE = Patience(tries=1)


def refusal(reference: str, hub: Hub) -> LlamaChatError:
    with pytest.raises(LlamaChatError) as refused:
        resolve(hub_reference(reference), hub, patience=ONCE)
    assert refused.value.hint
    return refused.value


def test_a_file_is_known_by_commit_size_and_hash(server: HubServer, hub: Hub) -> None:
    commit = server.add("user/repo", {"m.Q4_0.gguf": DATA, "README.md": Stored(b"hi", lfs=False)})
    (file,) = resolve(hub_reference("user/repo"), hub)
    assert (file.repo, file.revision, file.path) == ("user/repo", commit, "m.Q4_0.gguf")
    assert (file.size, file.sha256, file.etag, file.blob) == (len(DATA), SHA256, SHA256, SHA256)
    assert file.url == f"{server.url}/user/repo/resolve/{commit}/m.Q4_0.gguf"
    assert (file.ref, file.source) == ("main", "hf:user/repo/m.Q4_0.gguf")


def test_a_xet_backed_file_is_known_by_the_same(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.Q4_0.gguf": Stored(DATA, xet=True)})
    (file,) = resolve(hub_reference("user/repo"), hub)
    assert (file.sha256, file.blob, file.size) == (SHA256, SHA256, len(DATA))


def test_a_small_file_in_git_has_gits_name(server: HubServer, hub: Hub) -> None:
    stored = Stored(DATA, lfs=False)
    server.add("user/repo", {"m.gguf": stored})
    (file,) = resolve(hub_reference("user/repo"), hub)
    assert (file.sha256, file.blob, file.size) == (None, stored.git, len(DATA))


def test_a_commit_stays_what_it_was(server: HubServer, hub: Hub) -> None:
    first = server.add("user/repo", {"m.gguf": DATA})
    server.add("user/repo", {"m.gguf": b"GGUF of today"})
    (old,) = resolve(hub_reference(f"user/repo@{first}"), hub)
    (new,) = resolve(hub_reference("user/repo"), hub)
    assert old.sha256 == SHA256 != new.sha256
    assert (old.ref, new.ref) == ("", "main")


def test_all_parts_of_a_split_model_come(server: HubServer, hub: Hub) -> None:
    names = [f"m-Q4_K_M-{n:05d}-of-00003.gguf" for n in (1, 2, 3)]
    server.add("user/repo", {name: name.encode() for name in names})
    assert [file.path for file in resolve(hub_reference("user/repo"), hub)] == names


def test_a_renamed_repository_is_followed(server: HubServer, hub: Hub) -> None:
    server.add("new/repo", {"m.gguf": DATA})
    server.renamed["old/repo"] = "new/repo"
    (file,) = resolve(hub_reference("old/repo"), hub)
    assert file.sha256 == SHA256


def test_a_hash_known_from_elsewhere_must_be_the_hubs(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.gguf": DATA})
    assert resolve(HubReference("user/repo", sha256=SHA256), hub)
    with pytest.raises(DownloadError) as refused:
        resolve(HubReference("user/repo", sha256="0" * 64), hub)
    assert SHA256 in refused.value.message
    assert "0" * 64 in refused.value.message


def test_a_gated_model_says_where_to_accept_and_how_to_give_a_token(
    server: HubServer, hub: Hub
) -> None:
    server.add("meta/gated", {"m.gguf": DATA}, access="gated")
    error = refusal("meta/gated", hub)
    assert isinstance(error, DownloadError)
    assert error.message == "meta/gated is gated: its authors want their terms accepted first."
    for needed in (f"{server.url}/meta/gated", f"{server.url}/settings/tokens", "HF_TOKEN=hf_"):
        assert needed in error.hint
    stranger = refusal("meta/gated", replace(hub, token=STRANGER))
    assert "the owner of this token has no access to it" in stranger.message
    assert resolve(hub_reference("meta/gated"), replace(hub, token=TOKEN))


def test_a_private_model_opens_with_a_token(server: HubServer, hub: Hub) -> None:
    server.add("user/mine", {"m.gguf": DATA}, access="private")
    assert "no repository user/mine, or it is private" in refusal("user/mine", hub).message
    assert resolve(hub_reference("user/mine"), replace(hub, token=TOKEN))


def test_a_wrong_token_is_said_to_be_one(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.gguf": DATA})
    error = refusal("user/repo", replace(hub, token="hf_wrong"))
    assert error.message == "The hub does not accept the token."
    assert "hf_wrong" not in str(error)
    assert "hf_wrong" not in repr(replace(hub, token="hf_wrong"))


@pytest.mark.parametrize(
    ("reference", "kind", "words"),
    [
        ("user/none", DownloadError, "no repository user/none"),
        ("user/repo@v9", UsageError, "no branch, tag or commit 'v9'"),
        ("user/repo:Q2_K", UsageError, "no model in Q2_K"),
        ("user/repo/x.gguf", UsageError, "no file 'x.gguf'"),
        ("user/text", ModelError, "holds no GGUF file"),
    ],
)
def test_what_is_not_there_is_said(
    server: HubServer, hub: Hub, reference: str, kind: type[LlamaChatError], words: str
) -> None:
    server.add("user/repo", {"m.Q4_0.gguf": DATA})
    server.add("user/text", {"README.md": b"hi"})
    error = refusal(reference, hub)
    assert type(error) is kind
    assert words in error.message


def test_the_quantizations_that_are_there_are_named(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.Q4_0.gguf": DATA, "m.Q6_K.gguf": DATA})
    assert refusal("user/repo:Q2_K", hub).hint == "It has Q4_0, Q6_K."


def test_a_hub_that_cannot_be_reached_is_named(hub: Hub) -> None:
    error = refusal("user/repo", replace(hub, endpoint="http://127.0.0.1:9"))
    assert error.message.startswith("127.0.0.1:9 cannot be reached")


def test_something_else_that_answers_is_no_hub(server: HubServer, hub: Hub) -> None:
    """A network's sign-in page answers everything with 200 and HTML."""
    server.sign_in_page = True
    assert "is not the hub" in refusal("user/repo", hub).message


@pytest.mark.parametrize("name", ["../../../evil.gguf", "/evil.gguf", "a//b.gguf", "a\\b.gguf"])
def test_a_name_that_leads_out_of_the_cache_is_refused(
    server: HubServer, hub: Hub, name: str
) -> None:
    server.add("user/repo", {name: DATA})
    assert "is not the hub" in refusal("user/repo", hub).message


def test_a_commit_that_is_none_is_refused(server: HubServer, hub: Hub) -> None:
    commit = server.add("user/repo", {"m.gguf": DATA})
    repository = server.repositories["user/repo"]
    repository.commits["../../.."] = repository.commits[commit]
    repository.branches["main"] = "../../.."
    assert "is not the hub" in refusal("user/repo", hub).message


def test_too_many_requests_are_waited_for(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.gguf": DATA})
    server.busy = 2
    assert resolve(hub_reference("user/repo"), hub, patience=Patience(first=0.01))
    server.busy = 1
    assert "too many requests" in refusal("user/repo", hub).message


def test_waiting_can_be_cancelled(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.gguf": DATA})
    server.busy = 9
    control = Control()
    control.cancel()
    with pytest.raises(Cancelled):
        resolve(hub_reference("user/repo"), hub, control=control)


def test_offline_nothing_is_asked(server: HubServer, hub: Hub) -> None:
    assert "the network is forbidden" in refusal("user/repo", replace(hub, offline=True)).message
    assert not server.requests


def test_the_hub_learns_who_asks_and_nothing_else(server: HubServer, hub: Hub) -> None:
    server.add("user/repo", {"m.gguf": DATA})
    resolve(hub_reference("user/repo"), hub)
    for request in server.requests:
        agent = request.headers["user-agent"]
        assert agent.startswith("llamachat/")
        assert "agent/" not in agent
        assert "authorization" not in request.headers
    assert len(server.requests) == 2
