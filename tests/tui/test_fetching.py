"""A model is fetched while one chats, and answers when it is here: from a hub on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamachat.bundled import BOB
from llamachat.config.reading import load_config
from llamachat.models.fetch.progress import Progress
from llamachat.models.library import installed
from llamachat.models.reference import HubReference
from llamachat.models.wanted import Wanted
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.launch import Launch
from llamachat.tui.screens.download import DownloadScreen
from llamachat.tui.screens.models import ModelsScreen
from llamachat.tui.screens.welcome import WelcomeScreen
from llamachat.tui.widgets.download_line import DownloadLine
from llamachat.tui.widgets.download_text import line
from tests.catalog_file import NAME, REPO, offer
from tests.hub_server import HubServer, Status
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import loaded, remarks, send

DATA = BOB.read_bytes()
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that has Bob under another name, and the catalogue that offers him."""
    with HubServer() as server:
        for name, value in server.environment(tmp_path / "hf").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LLAMACHAT_CATALOG", str(offer(server, tmp_path, DATA)))
        yield server


def line_of(app: LlamaChatApp) -> DownloadLine:
    return app.chat_screen.query_one(DownloadLine)


async def test_from_the_first_start_to_the_first_answer(server: HubServer) -> None:
    server.rate = len(DATA) / 1.0
    async with running(launch(first_run=True)) as (app, pilot):
        assert isinstance(app.screen, WelcomeScreen)
        await until(pilot, lambda: "Talker in Q8_0 needs about" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "talker.Q8_0.gguf" in line_of(app).text)
        await loaded(app, pilot)
        await send(app, pilot, "What is the capital of Portugal?")
        await answered(app, pilot, 2)
        assert app.chat_screen.downloads.busy, "the chat goes on meanwhile"
        await until(pilot, lambda: not app.chat_screen.downloads.busy)
        await until(pilot, lambda: "talker" in app.chat_screen.desk.model.name)
        await until(pilot, lambda: app.chat_screen.host.engine is not None)
        assert not line_of(app).has_class("-fetching")
        await send(app, pilot, "What is the capital of France?")
        await answered(app, pilot, 4)
        path = app.chat_screen.desk.model
        assert app.chat_screen.conversation.rows[-1].model == str(path)
    assert path.read_bytes() == DATA
    assert load_config().model == str(path)
    assert installed()[0].path == path


@pytest.mark.keys("chat.download", "download.pause", "download.resume", "download.cancel")
async def test_a_transfer_is_paused_continued_and_cancelled_in_its_panel(
    server: HubServer,
) -> None:
    server.rate = len(DATA) / 60
    async with running() as (app, pilot):
        await send(app, pilot, f"/download {NAME}")
        downloads = app.chat_screen.downloads
        await until(pilot, lambda: " %" in line_of(app).text and "B/s" in line_of(app).text)
        await pilot.press("f9")
        assert isinstance(app.screen, DownloadScreen)
        await until(pilot, lambda: "Talker in Q8_0" in shown(app) and "Pause" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: downloads.paused and "paused" in line_of(app).text)
        await pilot.press("f9")
        await until(pilot, lambda: "Go on" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: not downloads.paused and "B/s" in line_of(app).text)
        await pilot.press("f9", "c")
        await until(pilot, lambda: not downloads.busy)
        assert any("What is here is kept: /download talker" in text for text in remarks(app))
        server.rate = None
        await send(app, pilot, f"/download {NAME}")
        await until(pilot, lambda: any("is here, verified" in text for text in remarks(app)))
        assert app.chat_screen.desk.model == BOB, "it was only offered"
        await send(app, pilot, f"/model {NAME}")
        await until(pilot, lambda: "talker" in app.chat_screen.desk.model.name)
    assert load_config().model is None


def awaiting(server: HubServer, **changes: Any) -> Launch:
    """As `llamachat -hf user/talker-GGUF` starts the app."""
    wanted = Wanted(HubReference(REPO)).resolved()
    return launch(wanted.path, fetch=wanted, **changes)


async def test_the_model_of_this_start_is_fetched_and_answers_what_waits(
    server: HubServer,
) -> None:
    server.rate = len(DATA) / 1.0
    async with running(awaiting(server, n_ctx=512)) as (app, pilot):
        await until(pilot, lambda: "talker.Q8_0.gguf" in line_of(app).text)
        assert app.chat_screen.panel.engine == "fetching"
        await send(app, pilot, "What is the capital of Portugal?")
        assert app.chat_screen.turns.busy and app.chat_screen.awaits_model
        await answered(app, pilot, 2)
        assert "Lisbon" in app.chat_screen.conversation.rows[-1].message.text
        assert f"hf:{REPO} is here, verified." in remarks(app)
        engine = app.chat_screen.host.engine
        assert engine is not None and engine.info.n_ctx == 512
    assert load_config().model is None, "it was for this start"


async def test_a_model_that_does_not_come_leaves_the_message_and_a_way_on(
    server: HubServer,
) -> None:
    start = awaiting(server)
    server.faults.append(Status(404))
    async with running(start) as (app, pilot):
        await send(app, pilot, "Hello?")
        await until(pilot, lambda: not app.chat_screen.turns.busy)
        await until(pilot, lambda: "is not at 127.0.0.1" in "".join(remarks(app)))
        assert f"Again: /download hf:{REPO}. Another model: /model" in "".join(remarks(app))
        assert app.chat_screen.composer.draft == "Hello?"
        app.chat_screen.composer.clear()
        await send(app, pilot, f"/download hf:{REPO}")
        await until(pilot, lambda: f"hf:{REPO} is here, verified." in remarks(app))
        await until(pilot, lambda: app.chat_screen.host.engine is not None)
        assert app.chat_screen.desk.model == start.options.model


@pytest.mark.slow
async def test_another_model_can_be_taken_meanwhile(server: HubServer) -> None:
    server.rate = len(DATA) / 1.0
    async with running(awaiting(server)) as (app, pilot):
        await send(app, pilot, "/model bob")
        await loaded(app, pilot)
        await until(pilot, lambda: f"Use it: /model {NAME.replace(':', '.')}" in remarks(app)[-1])
        assert app.chat_screen.desk.model == BOB


async def test_what_goes_wrong_is_said_in_the_chat(server: HubServer) -> None:
    server.faults.append(Status(404))
    async with running() as (app, pilot):
        await pilot.press("f9")
        await until(pilot, lambda: any("No model is being fetched" in t for t in remarks(app)))
        await send(app, pilot, "/download nobody")
        await until(pilot, lambda: any("no model 'nobody'" in text for text in remarks(app)))
        await send(app, pilot, f"/download {NAME}")
        await until(pilot, lambda: not app.chat_screen.downloads.busy)
        await until(pilot, lambda: "is not at 127.0.0.1" in "".join(remarks(app)))
        assert not line_of(app).has_class("-fetching")


async def test_bytes_that_the_catalogue_does_not_know_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: HubServer
) -> None:
    wrong = offer(server, tmp_path, DATA[:-1] + b"\0", sha256="0" * 64)
    monkeypatch.setenv("LLAMACHAT_CATALOG", str(wrong.rename(tmp_path / "other.toml")))
    async with running() as (app, pilot):
        await send(app, pilot, f"/download {NAME}")
        await until(pilot, lambda: not app.chat_screen.downloads.busy)
        await until(pilot, lambda: "0000000000" in "".join(remarks(app)))
    assert [model.path for model in installed()] == [BOB]


async def test_models_to_fetch_stand_below_those_that_are_here(server: HubServer) -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "/model")
        await until(
            pilot, lambda: isinstance(app.screen, ModelsScreen) and "fetch it" in shown(app)
        )
        for character in "talker":
            await pilot.press(character)
        screen = app.screen
        assert isinstance(screen, ModelsScreen)
        await until(pilot, lambda: screen.listing.option_count == 1)
        await pilot.press("enter")
        await until(pilot, lambda: any("is here, verified" in text for text in remarks(app)))


async def test_a_model_that_cannot_fit_is_refused_in_the_chat() -> None:
    async with running(launch(n_ctx=50_000_000)) as (app, pilot):
        await until(pilot, lambda: "does not fit into memory" in "".join(remarks(app)))
        assert re.search("It would fit with .*2048; .*all the same", "".join(remarks(app)))


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_line_fits_and_keeps_what_matters(width: int) -> None:
    progress = Progress(
        "llama-2-7b-chat.Q4_K_M.gguf", 1_400_000_000, 4_081_004_224, 12.3e6, 218.0, "fetching"
    )
    text = "".join(words for words, _ in line(progress, "F9 pause", width))
    assert len(text) == width
    assert "34 %" in text and "llama" in text
    assert ("left" in text) == (width >= 60)
    assert ("12 MB/s" in text) == ("F9" in text) == (width >= 120)


def test_a_state_stands_in_for_the_rate() -> None:
    progress = Progress("m.gguf", 1, 2, 0.0, None, "retrying", "the line\x1b[2J broke")
    text = "".join(words for words, _ in line(progress, "", 100))
    assert "trying again: the line" in text and "\x1b" not in text
