"""Stop: reading or writing ends at once, and what there is of the answer is kept."""

import time
from pathlib import Path

import pytest

from llamachat.chat.store.chats import ChatStore
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.launch import Launch
from tests.tui.chat_app import launch, running, shown, until
from tests.tui.chat_steps import Gate, here, loaded, quiet, remarks, send, stored, texts, writing
from tests.tui.pictures import CAPITALS, keep

pytestmark = pytest.mark.usefixtures("quick")

LONG = "and then it went on and on, without an end in sight; " * 75


def endless(model: Path) -> Launch:
    """Seconds of reading for a long message, and babble until the context is full."""
    return launch(model, n_ctx=4096)


def partial(app: LlamaChatApp) -> str:
    """The latest answer, which was stopped."""
    role, text, reason = here(app)[-1]
    assert (role, reason) == ("assistant", "cancelled")
    assert text == texts(app)[-1]
    return text


async def test_escape_stops_the_reading_of_a_long_message(slow_model: Path) -> None:
    async with running(endless(slow_model)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, LONG)
        await until(pilot, lambda: app.chat_screen.turns.figures().prompt_done > 64)
        assert "Reading" in shown(app)
        await pilot.press("escape")
        begun = time.monotonic()
        await quiet(app, pilot)
        assert time.monotonic() - begun < 3
        assert partial(app) == ""
        assert here(app)[0] == ("user", LONG, None)
        assert "stopped" in shown(app)
        figures = app.chat_screen.turns.figures()
        assert figures.prompt_done < figures.prompt_total


@pytest.mark.keys("chat.stop")
async def test_escape_and_ctrl_c_stop_the_writing_and_keep_what_is_there(slow_model: Path) -> None:
    async with running(endless(slow_model)) as (app, pilot):
        for number, keys in enumerate([["escape"], ["ctrl+c"], ["f6", "escape"]], start=1):
            await send(app, pilot, "Tell me everything.")  # the next message works, too
            await writing(app, pilot)
            await pilot.press(*keys)
            await quiet(app, pilot)
            assert len(here(app)) == 2 * number
            assert len(partial(app)) >= 20
            assert "stopped" in shown(app)
            assert app.is_running
            assert app.chat_screen.panel.engine == "idle"


async def test_escape_while_the_model_is_loaded_gives_the_message_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        await pilot.press("escape")
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft == "Hello!"
        assert texts(app) == []
        assert remarks(app) == ["The model is still being loaded. Your message is kept."]
        await pilot.press("enter")
        gate.open()
        await until(pilot, lambda: len(here(app)) == 2)
        assert here(app)[0] == ("user", "Hello!", None)


async def test_escape_while_the_model_is_loaded_leaves_an_old_answer_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)
    with ChatStore() as store:
        before = stored(keep(store, CAPITALS))
    async with running(launch(resume="latest")) as (app, pilot):
        await pilot.press("f5", "escape")
        await quiet(app, pilot)
        assert here(app) == before
        assert texts(app) == [text for _, text, _ in before]
        assert app.chat_screen.composer.draft == ""
        gate.open()


@pytest.mark.keys("chat.quit")
async def test_another_chat_and_leaving_stop_the_answer_and_store_it(slow_model: Path) -> None:
    async with running(endless(slow_model)) as (app, pilot):
        await send(app, pilot, "Tell me everything.")
        await writing(app, pilot, length=100)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.chat_screen.conversation.id is None)
        assert texts(app) == []
        await send(app, pilot, "Tell me more.")
        await writing(app, pilot, length=100)
        await pilot.press("ctrl+q")
    assert app.return_code == 0
    for chat in (1, 2):
        (_, text, reason) = stored(chat)[1]
        assert reason == "cancelled"
        assert len(text) >= 100
