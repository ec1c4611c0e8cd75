"""-hf, -hff and -mu name one model, which is fetched when it is not here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.hub_model import asked, find_hub_model, hub_model
from llamachat.cli.loading import chosen_model
from llamachat.cli.main import main
from llamachat.cli.standing import above
from llamachat.cli.story import Story
from llamachat.config.reading import config_path, load_config
from llamachat.errors import DownloadError, OutOfMemory, UsageError
from llamachat.hardware import memory
from llamachat.hardware.memory import MemoryState
from llamachat.hardware.terminal import read_terminal
from llamachat.models import catalog
from llamachat.models.manifest import find
from llamachat.models.reference import HubReference, UrlReference
from llamachat.models.wanted import Wanted
from tests.hub_server import HubServer

REPO = "user/repo"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def given(*argv: str, **environ: str) -> Given:
    return parse(argv, environ)


def chosen(*argv: str) -> Path:
    found = given(*argv)
    return hub_model(found, Story(read_terminal(), found))


@pytest.mark.parametrize(
    ("argv", "meant"),
    [
        ((), None),
        (("-m", "a.gguf"), None),
        (("-hf", REPO), HubReference(REPO)),
        (("-hfr", f"{REPO}:q4_0"), HubReference(REPO, "q4_0")),
        (("--hf-repo", REPO, "--hf_file", "a.gguf"), HubReference(REPO, file="a.gguf")),
        (("-mu", "https://example.org/a.gguf"), UrlReference("https://example.org/a.gguf")),
        (("-mu", f"https://huggingface.co/{REPO}/blob/main/a.gguf"),
         HubReference(REPO, file="a.gguf")),
    ],
)  # fmt: skip
def test_flags_name_a_model(argv: tuple[str, ...], meant: object) -> None:
    assert asked(given(*argv)) == meant


def test_variables_name_it_too() -> None:
    found = given(LLAMA_ARG_HF_REPO=REPO, LLAMA_ARG_HF_FILE="a.gguf", LLAMA_ARG_OFFLINE="1")
    assert asked(found) == HubReference(REPO, file="a.gguf")
    assert found.on("offline")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("-m", "a.gguf", "-hf", REPO), "-m and -hf both name a model."),
        (("-hf", REPO, "-mu", "https://example.org/a.gguf"), "-hf and -mu both name a model."),
        (("-hff", "x.gguf"), "-hff names a file of the repository of -hf."),
        (("-hf", "nothing"), "'nothing' is no repository of the hub."),
        (("-mu", "a.gguf"), "'a.gguf' is no address."),
    ],
)
def test_contradictions_are_refused(argv: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        asked(given(*argv))
    assert refused.value.message == words
    assert refused.value.hint


def test_the_model_of_the_settings_gives_way() -> None:
    config_path().parent.mkdir(parents=True)
    config_path().write_text('model = "/models/a.gguf"')
    found = above(load_config({}), given("-hf", REPO))
    assert asked(found) == HubReference(REPO)


def test_it_is_fetched_once_and_needs_no_notice(server: HubServer) -> None:
    server.add(REPO, {"m.Q4_K_M.gguf": b"GGUF"})
    found = given("-hf", REPO)
    model = chosen_model(found, Story(read_terminal(), found), remembered="/other.gguf")
    assert (model.path.read_bytes(), model.notice) == (b"GGUF", "")
    asked_before = len(server.requests)
    assert chosen("-hf", REPO) == model.path == chosen("-hf", REPO, "--offline")
    assert len(server.requests) == asked_before


def test_a_better_quantization_on_the_hub_is_looked_for(server: HubServer) -> None:
    server.add(REPO, {"m.Q4_0.gguf": b"GGUF"})
    assert chosen("-hf", REPO).name == "m.Q4_0.gguf"
    server.add(REPO, {"m.Q4_0.gguf": b"GGUF", "m.Q4_K_M.gguf": b"GGUF better"})
    assert chosen("-hf", REPO).name == "m.Q4_K_M.gguf"


def test_a_hub_that_is_away_does_not_matter_when_the_model_is_here(
    server: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.add(REPO, {"m.Q4_0.gguf": b"GGUF"})
    here = chosen("-hf", REPO)
    server.repositories.clear()
    assert chosen("-hf", REPO) == here
    assert "What is here already is used: m.Q4_0.gguf" in capsys.readouterr().err
    with pytest.raises(DownloadError):
        chosen("-hf", "user/other")


def test_without_a_network_what_is_here_is_pulled(
    server: HubServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.add(REPO, {"m.Q4_0.gguf": b"GGUF"})
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(["models", "pull", f"hf:{REPO}"]) == 4
    monkeypatch.delenv("HF_HUB_OFFLINE")
    here = chosen("-hf", REPO)
    asked_before = len(server.requests)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    capsys.readouterr()
    assert main(["models", "pull", f"hf:{REPO}"]) == 0
    assert capsys.readouterr().out == f"{here}\n"
    assert len(server.requests) == asked_before


def test_a_screen_may_fetch_for_itself_once_the_hub_was_asked(server: HubServer) -> None:
    server.add(REPO, {"m.Q4_K_M.gguf": b"GGUF"})
    found = given("-hf", REPO)
    wanted = find_hub_model(found, Story(read_terminal(), found))
    assert isinstance(wanted, Wanted)
    assert not wanted.path.exists() and not server.sent
    assert chosen("-hf", REPO) == wanted.path
    assert find_hub_model(found, Story(read_terminal(), found)) == wanted.path


def test_what_can_never_run_here_is_not_fetched(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add(REPO, {"m.Q4_K_M.gguf": b"GGUF" * 10})
    monkeypatch.setattr(memory, "read_memory", lambda: MemoryState(40, 40, 0, 0))
    with pytest.raises(OutOfMemory, match="alone take"):
        chosen("-hf", REPO)
    assert not server.sent
    assert chosen("-hf", REPO, "-fit", "off").is_file()


def test_an_entry_of_the_catalogue_is_pulled_with_its_hash(
    server: HubServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hub must have the very file that the catalogue pins."""
    entry = replace(catalog.catalog()[0], size=4, sha256=hashlib.sha256(b"GGUF").hexdigest())
    pinned = server.add(entry.repository, {entry.file: b"GGUF"})
    entry = replace(entry, revision=pinned)
    monkeypatch.setattr(catalog, "catalog", lambda: (entry,))
    assert main(["models", "pull", entry.name]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.parent.name == pinned
    manifest = find(path)
    assert manifest is not None
    assert "the catalogue" in manifest.confirmed
    other = server.add(entry.repository, {entry.file: b"GGUX"})
    monkeypatch.setattr(catalog, "catalog", lambda: (replace(entry, revision=other),))
    assert main(["models", "pull", entry.name]) == 4
    assert "is not the file that is known" in capsys.readouterr().err
    assert main(["models", "pull", "nothing-7b"]) == 2
