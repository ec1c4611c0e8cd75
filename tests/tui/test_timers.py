"""On a machine so busy that the app stands still now and then, nothing that was due is lost."""

import asyncio
import itertools
import threading

import pytest
from textual import _time

from llamachat.chat.store.chats import ChatStore
from tests.tui.chat_app import answered, running, until
from tests.tui.chat_steps import here, loaded, send

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes between two looks at the clock of each timer that fires once."""
    clock, seconds = _time.get_time, itertools.count()

    def late() -> float:
        in_loop = threading.current_thread() is threading.main_thread()
        task = asyncio.current_task() if in_loop else None
        once = task is not None and task.get_name().startswith("set_timer")
        return clock() + (next(seconds) if once else 0)

    monkeypatch.setattr(_time, "get_time", late)


@pytest.mark.usefixtures("standstill")
async def test_a_resize_of_the_terminal_is_followed() -> None:
    async with running(size=(120, 40)) as (app, pilot):
        for columns, rows in ((80, 24), (120, 36)):
            await pilot.resize_terminal(columns, rows)
            await until(pilot, lambda: app.chat_screen.outer_size == (columns, rows))  # noqa: B023


@pytest.mark.usefixtures("standstill")
async def test_an_answer_is_drawn_to_its_end_and_a_draft_is_kept() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        assert here(app)[-1][2] == "stop"
        app.chat_screen.composer.insert("And now")
        with ChatStore() as store:
            await until(pilot, lambda: store.get(1).draft == "And now")
