"""The footer says what keys do now, and stays what it is while answers begin and end."""

from pathlib import Path

import pytest
from textual.widgets._footer import FooterKey

from llamachat.tui.app import LlamaChatApp
from tests.tui.chat_app import launch, running, shown, until
from tests.tui.chat_steps import here, loaded, quiet, send, writing

pytestmark = pytest.mark.usefixtures("quick")


def footer(app: LlamaChatApp) -> str:
    return shown(app).splitlines()[-1]


@pytest.mark.keys("composer.close")
async def test_stop_is_lit_while_an_answer_comes_and_no_key_is_built_anew(slow_model: Path) -> None:
    async with running(launch(slow_model, n_ctx=4096)) as (app, pilot):
        await loaded(app, pilot)
        keys = list(app.chat_screen.query(FooterKey))
        (stop,) = (key for key in keys if key.description == "Stop")
        assert stop.has_class("-disabled")
        await pilot.click(stop)  # nothing to stop
        await send(app, pilot, "Tell me everything.")
        await writing(app, pilot)
        await until(pilot, lambda: not stop.has_class("-disabled"))
        await pilot.click(stop)
        await quiet(app, pilot)
        assert here(app)[-1][2] == "cancelled"
        await until(pilot, lambda: stop.has_class("-disabled"))
        assert list(app.chat_screen.query(FooterKey)) == keys

        await send(app, pilot, "Tell me more.")  # and with the focus in the messages
        await writing(app, pilot)
        await pilot.press("f6")
        await until(pilot, lambda: "esc Stop" in footer(app))
        assert "esc Back" not in footer(app)
        (stop,) = (key for key in app.chat_screen.query(FooterKey) if key.description == "Stop")
        await pilot.click(stop)
        await quiet(app, pilot)
        assert len(here(app)) == 4
        await until(pilot, lambda: "esc Back" in footer(app) and "e Edit" in footer(app))
        await pilot.press("f6", "/")
        await until(pilot, lambda: "esc Close" in footer(app))  # the list of commands
        await pilot.press("escape")
        await until(pilot, lambda: "esc Stop" in footer(app))


async def test_other_keys_are_shown_where_there_are_others() -> None:
    async with running() as (app, pilot):
        app.set_keymap({"chat.new": "f9"})
        await until(pilot, lambda: "f9" in [key.key for key in app.chat_screen.query(FooterKey)])
