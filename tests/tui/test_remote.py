"""The whole app on a server: the same chat, and nothing is lost when the server goes away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.engine.params import EngineOptions
from llamachat.engine.remote.address import endpoint
from llamachat.engine.scripted import ScriptedEngine
from llamachat.tui.launch import Launch
from tests.chat_server import ChatServer, Cut
from tests.engine.llama_server import LlamaServer
from tests.tui.chat_app import launch, running, shown, until
from tests.tui.chat_steps import here, loaded, quiet, remarks, send, texts, writing

pytestmark = pytest.mark.usefixtures("quick")

ANSWER = "One two three four five."


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(ScriptedEngine([ANSWER]), kind="llamacpp") as server:
        yield server


def at(server: ChatServer) -> Launch:
    there = endpoint(server.url)
    return launch(there.stand_in, endpoint=there)


async def test_a_server_answers_as_a_model_of_this_machine_does(server: ChatServer) -> None:
    async with running(at(server)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "Hello")
        await quiet(app, pilot)
        assert here(app) == [("user", "Hello", None), ("assistant", ANSWER, "eos")]
        panel = app.chat_screen.panel.text
        assert f"127.0.0.1:{server.port}" in panel
        assert "tokens written" in panel
        assert "Memory" not in panel
        assert f"bob at 127.0.0.1:{server.port}" in shown(app)
        assert app.chat_screen.conversation.model == f"bob at 127.0.0.1:{server.port}"


async def test_a_line_that_breaks_keeps_the_words_says_it_once_and_the_next_message_works(
    server: ChatServer,
) -> None:
    server.faults.append(Cut(2))
    async with running(at(server)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "Hello")
        await quiet(app, pilot)
        _, (role, text, reason) = here(app)
        assert (role, text, reason) == ("assistant", "One two", "died")
        assert texts(app)[-1] == "One two"
        (remark,) = remarks(app)
        assert "broke off in mid answer; what had come is kept" in remark
        await until(pilot, lambda: "connection lost" in app.chat_screen.panel.text)
        await send(app, pilot, "Once more")
        await quiet(app, pilot)
        assert here(app)[-1] == ("assistant", ANSWER, "eos")
        assert len(remarks(app)) == 1


async def test_a_server_that_says_nothing_yet_is_not_idle(server: ChatServer) -> None:
    server.silent.add("/v1/completions")
    async with running(at(server)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "Hello")
        await until(pilot, lambda: "Reading" in app.chat_screen.panel.text)
        await pilot.press("escape")
        await quiet(app, pilot)
        await loaded(app, pilot)


async def test_a_server_that_is_gone_gives_the_message_back(server: ChatServer) -> None:
    async with running(at(server)) as (app, pilot):
        await loaded(app, pilot)
        server.close()
        await send(app, pilot, "Hello")
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft == "Hello"
        assert "Nothing listens" in remarks(app)[-1]


async def test_how_a_server_loads_its_model_is_its_own_business(server: ChatServer) -> None:
    async with running(at(server)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "/set n_ctx 512")
        assert "is decided at 127.0.0.1" in remarks(app)[-1]


async def test_a_model_of_this_machine_can_take_over(server: ChatServer) -> None:
    async with running(at(server)) as (app, pilot):
        await loaded(app, pilot)
        app.chat_screen.desk.load(EngineOptions(BOB, threads=1))
        await until(pilot, lambda: app.chat_screen.panel.engine == "loading")
        await loaded(app, pilot)
        assert "Memory" in app.chat_screen.panel.text
        assert "model bob" in shown(app)


@pytest.mark.slow
async def test_a_llama_server_that_is_killed_in_mid_answer_costs_no_word(slow_model: Path) -> None:
    with LlamaServer(model=slow_model, n_ctx=4096) as server:
        there = endpoint(server.url)
        async with running(launch(there.stand_in, endpoint=there)) as (app, pilot):
            await loaded(app, pilot)
            await send(app, pilot, "Tell me everything.")
            await writing(app, pilot)
            server.kill()
            await quiet(app, pilot)
            on_screen = texts(app)[-1]
            _, (role, text, reason) = here(app)
            assert (role, text, reason) == ("assistant", on_screen, "died")
            assert len(text) >= 20
            (remark,) = remarks(app)
            assert "broke off in mid answer" in remark

            await send(app, pilot, "And now?")
            await quiet(app, pilot)
            assert app.chat_screen.composer.draft == "And now?"
            assert "Nothing listens" in remarks(app)[-1]

            server.start()
            await pilot.press("enter")
            await writing(app, pilot)
            await pilot.press("escape")
            await quiet(app, pilot)
            assert [row[2] for row in here(app)] == [None, "died", None, "cancelled"]
