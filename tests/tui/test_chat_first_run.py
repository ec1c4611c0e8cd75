"""From the first start to a model, without fetching one; `test_fetching` has the third way."""

from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.tui.screens.listing import FilterInput
from llamachat.tui.screens.models import ModelsScreen
from llamachat.tui.screens.welcome import WelcomeScreen
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import here, loaded, send, stored_rows

pytestmark = pytest.mark.usefixtures("quick")


async def test_bob_and_a_file_of_ones_own_can_be_chosen_on_the_first_start(tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(BOB.read_bytes())
    async with running(launch(first_run=True)) as (app, pilot):
        assert isinstance(app.screen, WelcomeScreen)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: app.screen is app.chat_screen)
        assert app.chat_screen.desk.model == BOB
        app.chat_screen.overlays.welcome()
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ModelsScreen))
        app.screen.query_one(FilterInput).value = str(mine)
        await pilot.press("enter")
        await until(pilot, lambda: "model mine" in shown(app))
        await loaded(app, pilot)
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        assert here(app)[-1][2] == "stop"
        assert stored_rows(1)[1].model == str(mine)
