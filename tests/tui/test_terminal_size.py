"""The screen has the terminal's size, also where a resize was lost on the way."""

import pytest
from textual.events import Resize
from textual.geometry import Size

from tests.tui.chat_app import running, until

pytestmark = pytest.mark.usefixtures("quick")


async def test_a_resize_that_was_never_told_is_seen() -> None:
    async with running(size=(80, 24)) as (app, pilot):
        assert app._driver is not None
        app._driver._size = (120, 36)
        await until(pilot, lambda: app.chat_screen.outer_size == (120, 36))
        assert app.chat_screen.panel.region.width > 20


async def test_a_resize_that_the_screen_has_missed_is_seen() -> None:
    """A later one of the former size, which a layout had posted, took its place in the queue."""
    async with running(size=(120, 36)) as (app, pilot):
        former = Size(80, 24)
        app.chat_screen.post_message(Resize(former, former))
        await until(pilot, lambda: app.chat_screen.outer_size == former)
        await until(pilot, lambda: app.chat_screen.outer_size == (120, 36))
