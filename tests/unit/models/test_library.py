"""The library lists what was verified, finds it by name, and deletes only what is its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.errors import ModelError
from llamachat.models import catalog as catalog_module
from llamachat.models import library as module
from llamachat.models.catalog import Entry, find
from llamachat.models.fetch import Control, fetch
from llamachat.models.hub import Hub, resolve
from llamachat.models.importing import import_model
from llamachat.models.library import find_model, installed, model_file
from llamachat.models.manifest import manifests, record
from llamachat.models.reference import HubReference
from llamachat.models.removal import remove
from tests.hub_server import HubServer
from tests.unit.gguf import craft
from tests.unit.models.files import SMALL, sha, write

Pull = Callable[..., Path]


@pytest.fixture
def pull(server: HubServer, hub: Hub) -> Pull:
    """Fetch a file of a repository into the cache, as `models pull` does."""

    def pull(repo: str, file: str, content: bytes = SMALL) -> Path:
        if repo not in server.repositories:
            server.add(repo, {file: content})
        files = resolve(HubReference(repo, file=file), hub)
        return fetch(files, on_progress=lambda _: None, control=Control(), hub=hub)

    return pull


def names() -> list[str]:
    return [model.name for model in installed()]


def test_bob_is_always_there() -> None:
    assert [model.path for model in installed()] == [BOB]
    assert model_file("bob") == BOB


def test_a_pulled_model_is_listed_and_found_in_any_case(pull: Pull) -> None:
    path = pull("user/talker-GGUF", "talker.Q8_0.gguf")
    assert names() == ["talker.Q8_0", "bob"]
    assert model_file("TALKER.q8_0") == path
    assert model_file("hf:user/talker-GGUF/talker.Q8_0.gguf") == path
    assert model_file(str(path)) == path


def test_a_file_that_nobody_verified_is_not_listed(hub: Hub) -> None:
    write(hub.cache / "models--user--x" / "snapshots" / ("0" * 40) / "x.gguf")
    assert names() == ["bob"]


def test_a_changed_file_is_listed_as_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.gguf")
    import_model(path, how="link")
    path.write_bytes(SMALL + b"\0")
    found = find_model("mine")
    assert found is not None and "bytes" in found.changed


def test_a_split_model_is_one_and_whole(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"big-0000{n}-of-00002.gguf", SMALL) for n in (1, 2)]
    for part in parts:
        record(part, sha256=sha())
    assert names() == ["big", "bob"]
    assert model_file("big") == parts[0]
    found = find_model("big")
    assert found is not None and found.size == 2 * len(SMALL)
    parts[1].unlink()
    assert names() == ["bob"]


def test_a_name_of_the_catalogue_finds_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = find("llama-2-7b-chat")
    assert first is not None
    here = replace(first, sha256=sha(), size=len(SMALL))

    def fake() -> tuple[Entry, ...]:
        return (here,)

    for where in (module, catalog_module):
        monkeypatch.setattr(where, "catalog", fake)
    import_model(write(tmp_path / "chat.gguf"), how="link")
    for name in ("chat", "llama-2-7b-chat", "llama-2-7b-chat:q4_k_m"):
        assert model_file(name) == tmp_path / "chat.gguf"


def test_of_the_same_bytes_the_fetched_file_is_meant_and_an_own_name_wins(
    pull: Pull, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = find("llama-2-7b-chat")
    assert first is not None
    here = replace(first, sha256=sha(), size=len(SMALL))
    for where in (module, catalog_module):
        monkeypatch.setattr(where, "catalog", lambda: (here,))
    copy = import_model(write(tmp_path / "a-copy.gguf"), how="link").path
    fetched = pull("user/chat", "chat.gguf")
    assert model_file("llama-2-7b-chat") == fetched
    assert model_file("a-copy") == copy


def test_two_models_of_one_name_are_told_apart_by_path(pull: Pull) -> None:
    other = craft.small() + b""
    pull("one/talker", "talker.gguf")
    pull("two/talker", "talker.gguf", other)
    with pytest.raises(ModelError) as refused:
        model_file("talker")
    assert refused.value.hint.count("talker.gguf") == 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("llama-2-7b-chat", "Get it: llamachat models pull llama-2-7b-chat"),
        ("tinylama-1.1b-chat", "Did you mean tinyllama-1.1b-chat?"),
        ("zzz", "List them: llamachat models list"),
    ],
)
def test_an_unknown_name_is_told_what_to_do(name: str, hint: str) -> None:
    with pytest.raises(ModelError, match="There is no model") as refused:
        model_file(name)
    assert refused.value.hint.startswith(hint)


def test_what_looks_like_a_path_is_one() -> None:
    assert model_file("folder/gone.gguf") == Path("folder/gone.gguf")


def test_a_folder_is_meant_only_where_no_model_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model is often called as the folder that it was built from."""
    model = import_model(write(tmp_path / "far" / "mine.gguf"), how="link").path
    for name in ("mine", "other"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    assert model_file("mine") == model
    assert model_file("./mine") == Path("mine")
    assert model_file("other") == Path("other")
    (tmp_path / "mine").rmdir()
    write(tmp_path / "mine")
    assert model_file("mine") == Path("mine")


def test_removing_frees_the_blob_and_forgets_it(pull: Pull, hub: Hub) -> None:
    path = pull("user/talker", "talker.gguf")
    blob = path.resolve()
    found = find_model("talker")
    assert found is not None
    assert remove(found).freed == len(SMALL)
    assert not blob.exists() and not path.is_symlink() and not manifests()
    assert names() == ["bob"]
    assert (hub.cache / "models--user--talker").is_dir()


def test_a_blob_that_another_snapshot_uses_stays(pull: Pull, server: HubServer, hub: Hub) -> None:
    path = pull("user/talker", "talker.gguf")
    other = path.parent.with_name("f" * 40) / "talker.gguf"
    other.parent.mkdir()
    other.symlink_to(path.resolve())
    found = find_model("talker")
    assert found is not None
    assert remove(found).freed == 0
    assert other.read_bytes() == SMALL and not path.is_symlink()


def test_an_imported_file_stays_where_it_lies_and_a_copy_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.gguf")
    import_model(path, how="link")
    found = find_model("mine")
    assert found is not None
    assert remove(found).kept == (path,) and path.is_file()
    copied = import_model(path, how="copy").path
    found = find_model("mine")
    assert found is not None
    assert remove(found).freed == len(SMALL)
    assert path.is_file() and not copied.exists() and names() == ["bob"]


def test_bob_stays() -> None:
    bob = find_model("bob")
    assert bob is not None
    with pytest.raises(ModelError, match="stays"):
        remove(bob)
    assert BOB.is_file()
