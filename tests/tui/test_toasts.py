"""What is said in a corner does not cover where one writes."""

import pytest
from textual.widgets._toast import Toast

from tests.tui.chat_app import running, until

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_toast_stands_above_the_composer(size: tuple[int, int]) -> None:
    async with running(size=size) as (app, pilot):
        app.notify("Something was done, and here it is said.")
        await until(pilot, lambda: [toast for toast in app.screen.query(Toast) if toast.region])
        lowest = app.chat_screen.composer.region.y
        assert app.screen.query_one(Toast).region.bottom <= lowest
