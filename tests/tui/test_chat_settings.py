"""Settings that are changed while the chat runs: at once, and for every start where one says so."""

import pytest
from textual.pilot import Pilot

from llamachat.chat.store.chats import ChatStore
from llamachat.config.reading import load_config
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.screens.settings import SettingsScreen
from llamachat.tui.screens.settings_groups import FIELDS
from llamachat.tui.screens.settings_row import SettingRow
from tests.tui.chat_app import launch, running, shown, until
from tests.tui.chat_steps import loaded, remarks, send
from tests.tui.pictures import CAPITALS, keep

pytestmark = pytest.mark.usefixtures("quick")


async def change(app: LlamaChatApp, pilot: Pilot[int], values: dict[str, str]) -> None:
    """Open the settings and put other values into some rows."""
    await pilot.press("f4")
    await until(pilot, lambda: isinstance(app.screen, SettingsScreen))
    await until(pilot, lambda: len(app.screen.query(SettingRow)) == len(FIELDS))
    for row in app.screen.query(SettingRow):
        if row.field.key in values:
            row.control.value = values[row.field.key]
            row.post_message(SettingRow.Typed(row, values[row.field.key]))
    await pilot.pause()


async def test_settings_act_at_once_or_from_the_next_start_on_and_are_kept() -> None:
    with ChatStore() as store:
        keep(store, CAPITALS)
    async with running(launch(resume="latest")) as (app, pilot):
        screen = app.chat_screen
        await loaded(app, pilot)
        assert "**Paris**" not in shown(app)
        await send(app, pilot, "/set markdown off")
        await until(pilot, lambda: "**Paris**" in shown(app))
        assert remarks(app)[-1] == "markdown = off, from now on."
        await change(app, pilot, {"markdown": "on", "draft_prefill": "off", "kv_cache_mb": "500"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "It acts from the next start on" in shown(app))
        await pilot.press("f2")
        await until(pilot, lambda: app.screen is screen)
        assert "**Paris**" not in shown(app)
        assert not screen.idle.drafts
        await send(app, pilot, "/set kv_cache_mb 7")
        assert "llamachat config set kv_cache_mb 7" in remarks(app)[-1]
        await change(app, pilot, {})
        assert [
            row.control.value
            for row in app.screen.query(SettingRow)
            if row.field.key == "kv_cache_mb"
        ] == ["500"]
    config = load_config({})
    assert (config.markdown, config.draft_prefill, config.kv_cache_mb) == (True, False, 500)
