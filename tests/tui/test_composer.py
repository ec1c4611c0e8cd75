"""Writing and sending: which key does what, and what the screen is told."""

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from llamachat.tui.widgets.composer import CHANGE_PAUSE
from tests.tui.composer_app import ComposerApp, composing, press, screen_text


def sent(app: ComposerApp) -> list[tuple[str, bool, bool]]:
    return [(event.text, event.open_line, event.command) for event in app.sent]


async def test_enter_sends_and_empties_the_draft() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"hello", "enter")
        assert sent(app) == [("hello", False, False)]
        assert composer.draft == ""


@pytest.mark.parametrize("key", ["shift+enter", "ctrl+j", "alt+enter", "shift+\r"])
async def test_modified_enter_is_a_new_line(key: str) -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, "a", key, "b")
        assert composer.draft == "a\nb"
        assert not app.sent


async def test_alt_enter_of_a_plain_terminal_is_not_enter() -> None:
    async with composing():
        keys = [event for event in XTermParser().feed("\x1b\r") if isinstance(event, events.Key)]
    assert [event.key for event in keys] == ["alt+enter"]


async def test_backslash_and_enter_is_a_new_line_where_it_was_typed() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"ab\\", "left", "left", "enter")
        assert sent(app) == [("ab\\", False, False)]
        await press(pilot, *"ab\\", "enter", "c")
        assert composer.draft == "ab\nc"


async def test_keys_act_in_the_order_they_were_typed() -> None:
    """Bindings of Textual act after keys that were typed later, when many come at once."""
    async with composing() as (app, composer, pilot):
        await press(pilot, "a", "b", "backspace", "c", "enter", "d", "left", "e")
        assert sent(app) == [("ac", False, False)]
        assert composer.draft == "ed"


async def test_nothing_is_sent_where_nothing_is_written() -> None:
    async with composing() as (app, _, pilot):
        await press(pilot, "enter", " ", "ctrl+j", "enter")
        assert not app.sent


async def test_line_endings_as_of_old() -> None:
    async with composing() as (app, composer, pilot):
        composer.line_endings = True
        await press(pilot, *"one\\", "enter", *"two/", "enter")
        await press(pilot, *"kept/ ", "enter", "/", "enter")
        assert sent(app) == [("one\ntwo", True, False), ("kept/ ", False, False), ("", True, False)]


async def test_line_endings_are_text_where_they_are_off_or_pasted() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"and/or/", "enter")
        composer.line_endings = True
        for text in ("see https://example.org/", "C:\\"):
            composer.paste(text)
            await press(pilot, "enter")
        texts = ["and/or/", "see https://example.org/", "C:\\"]
        assert sent(app) == [(text, False, False) for text in texts]


async def test_only_what_was_typed_is_a_command() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"/help", "enter")
        composer.paste("/help")
        await press(pilot, "enter")
        composer.paste("x/help\r\n/help")
        await press(pilot, "ctrl+a", "up", "home", "delete", "enter")
        await press(pilot, *"/usr/bin is full", "enter")
        await press(pilot, *"/help", "ctrl+j", *"me", "enter")
        told = [(event.text, event.pasted, event.command) for event in app.sent]
        assert told == [
            ("/help", False, True),
            ("/help", True, False),
            ("/help\n/help", True, False),
            ("/usr/bin is full", False, False),
            ("/help\nme", False, False),
        ]


async def test_a_pasted_command_stays_a_message_when_it_is_recalled() -> None:
    async with composing() as (app, composer, pilot):
        composer.paste("/help")
        await press(pilot, "enter", "up", "enter")
        assert [event.command for event in app.sent] == [False, False]
        assert app.sent[1].text.strip() == "/help"


async def test_changes_are_told_once_in_a_while_and_never_for_a_loaded_draft() -> None:
    async with composing() as (app, composer, pilot):
        composer.draft = "loaded"
        await pilot.pause(CHANGE_PAUSE * 1.5)
        assert app.drafts == []
        await press(pilot, *" and more")
        assert app.drafts == []
        await pilot.pause(CHANGE_PAUSE * 1.2)
        assert app.drafts == ["loaded and more"]


async def test_typing_without_a_pause_is_told_too() -> None:
    async with composing() as (app, _, pilot):
        for _step in range(8):
            await press(pilot, "a")
            await pilot.pause(CHANGE_PAUSE / 4)
        assert app.drafts


async def test_it_grows_to_a_third_of_the_screen() -> None:
    async with composing(height=24) as (app, composer, pilot):
        heights = []
        for text in ("", "a\nb", "line\n" * 40):
            composer.draft = text
            await pilot.pause()
            heights.append(composer.area.size.height)
        assert heights == [1, 2, 8]
        assert composer.region.bottom == app.screen.size.height


async def test_the_placeholder_is_plain_text() -> None:
    async with composing() as (app, composer, pilot):
        composer.placeholder = "Message [b]Bob[/b]…"
        await pilot.pause()
        assert any("Message [b]Bob[/b]…" in row for row in screen_text(app))


async def test_keys_can_be_remapped() -> None:
    async with composing() as (app, _composer, pilot):
        app.set_keymap({"composer.submit": "f9", "composer.newline": "enter"})
        await press(pilot, "a", "enter", "b", "f9")
        assert sent(app) == [("a\nb", False, False)]


async def test_what_the_composer_does_not_need_is_for_the_app() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, "escape", "ctrl+d", "ctrl+c")
        assert app.noted == ["escape", "ctrl+d", "ctrl+c"]
        await press(pilot, *"ab", "left", "ctrl+d")
        assert (composer.draft, len(app.noted)) == ("a", 3)


async def test_clearing_can_be_undone() -> None:
    async with composing() as (_, composer, pilot):
        await press(pilot, *"words")
        composer.clear()
        assert composer.draft == ""
        await press(pilot, "ctrl+z")
        assert composer.draft == "words"


async def test_every_key_has_an_id_and_an_explanation() -> None:
    async with composing() as (_, composer, _pilot):
        bindings = [*composer._bindings, *composer.area._bindings]
        assert len(bindings) > 30
        for _key, binding in bindings:
            assert binding.id and binding.id.startswith("composer.")
            assert binding.description and binding.tooltip
