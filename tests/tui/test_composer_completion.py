"""The list of commands above a draft that begins with a slash."""

import pytest

from tests.tui.composer_app import composing, press, screen_text


async def test_a_typed_slash_offers_commands_with_their_summaries() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"/re")
        await pilot.pause()
        rows = [row.strip(" │") for row in screen_text(app)]
        assert "/read   attach a file" in rows
        assert "/regen  another answer" in rows
        assert composer.list.region.bottom <= composer.area.region.y


@pytest.mark.parametrize(
    ("keys", "draft"),
    [
        (("tab",), "/read"),
        (("enter",), "/read"),
        (("down", "enter"), "/regen"),
        (("up", "tab"), "/regen"),
        (("down", "down", "tab"), "/read"),
    ],
)
async def test_a_choice_completes_and_is_not_sent(keys: tuple[str, ...], draft: str) -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"/re", *keys)
        assert (composer.draft, app.sent) == (draft, [])
        await press(pilot, "enter")
        assert [(event.text, event.command) for event in app.sent] == [(draft, True)]


async def test_arguments_are_completed_too() -> None:
    async with composing() as (app, _, pilot):
        await press(pilot, *"/th", "tab", "down", "enter", "enter")
        assert [event.text for event in app.sent] == ["/theme light"]


async def test_escape_closes_the_list_until_the_draft_changes() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"/re", "escape")
        assert (composer.list.open, app.noted) == (False, [])
        await press(pilot, "g")
        assert composer.list.open
        await press(pilot, "backspace", "escape", "enter")
        assert [(event.text, event.command) for event in app.sent] == [("/re", False)]


async def test_a_click_chooses() -> None:
    async with composing() as (_, composer, pilot):
        await press(pilot, *"/re")
        await pilot.pause()
        await pilot.click(composer.list, offset=(2, 1))
        await pilot.pause()
        assert composer.draft == "/regen"
        assert composer.area.has_focus


async def test_only_one_typed_line_is_completed() -> None:
    async with composing() as (_, composer, pilot):
        composer.paste("/re")
        await press(pilot)
        assert not composer.list.open
        await press(pilot, "alt+a", "backspace", *"/re", "ctrl+j")
        assert not composer.list.open
        composer.draft = "/re"
        await press(pilot)
        assert not composer.list.open


async def test_tab_moves_the_focus_where_nothing_is_to_complete() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, "a", "tab")
        assert composer.draft == "a"
        assert app.focused is composer.area


async def test_a_path_is_a_message() -> None:
    async with composing() as (app, _, pilot):
        await press(pilot, *"/usr/bin/env", "enter")
        assert [(event.text, event.command) for event in app.sent] == [("/usr/bin/env", False)]
