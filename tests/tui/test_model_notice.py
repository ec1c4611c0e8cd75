"""That Bob is a demonstration is said wherever he speaks, and of no other model."""

from pathlib import Path

import pytest

from llamachat.bundled import DEMO_NOTICE
from llamachat.tui.app import LlamaChatApp
from tests.tui.chat_app import answered, launch, running, until
from tests.tui.chat_steps import loaded, remarks, send

pytestmark = pytest.mark.usefixtures("quick")


def said(app: LlamaChatApp) -> int:
    """How often it stands in the transcript."""
    return sum("Bob is a small demonstration model" in text for text in remarks(app))


async def test_it_is_said_in_every_chat_that_bob_leads_and_in_no_other(babbler: Path) -> None:
    async with running(launch(notice=DEMO_NOTICE)) as (app, pilot):
        screen = app.chat_screen
        await loaded(app, pilot)
        assert said(app) == 1
        assert "/download llama-2-7b-chat" in remarks(app)[0]
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        first = screen.conversation.id
        assert first is not None
        await send(app, pilot, f"/model {babbler}")
        await until(pilot, lambda: not said(app))
        screen.desk.open_new()
        await until(pilot, lambda: screen.conversation.id is None)
        assert not said(app)
        await send(app, pilot, "/model bob")
        await until(pilot, lambda: said(app) == 1)
        screen.desk.open_stored(first)
        await until(pilot, lambda: screen.conversation.id == first)
        assert said(app) == 1
        await send(app, pilot, "/set n_ctx 512")
        await loaded(app, pilot)
        assert said(app) == 1


async def test_it_is_said_in_a_chat_that_is_resumed() -> None:
    async with running(launch(notice=DEMO_NOTICE)) as (app, pilot):
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
    async with running(launch(notice=DEMO_NOTICE, resume="latest")) as (app, pilot):
        await loaded(app, pilot)
        assert said(app) == 1
