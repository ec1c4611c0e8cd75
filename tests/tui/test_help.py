"""The help is made of the bindings and the commands that there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from llamachat.tui.screens.help import HelpScreen
from llamachat.tui.screens.help_keys import bindings_of, group_keys, groups_elsewhere
from tests.tui.dialog_host import DialogHost, lines_of, text_of, until


@dataclass(frozen=True, slots=True)
class FakeCommand:
    name: str
    usage: str
    summary: str
    aliases: tuple[str, ...] = ()


COMMANDS = (
    FakeCommand("/model", "[FILE]", "Choose another model"),
    FakeCommand("/quit", "", "Leave [b]everything[/b] saved", ("/exit", "/bye")),
)


class Knob(Static, can_focus=True):
    BINDING_GROUP_TITLE = "Knobs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,up", "turn(1)", "Louder", id="knob.up", show=False, tooltip="One more"),
        Binding("x", "secret", "", id="knob.secret"),
    ]


class TwoWidgets(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help", tooltip="All keys")
    ]

    def compose(self) -> ComposeResult:
        yield Input()
        yield Knob()


async def help_of(app: App[None]) -> dict[str, list[tuple[str, str, str]]]:
    groups = group_keys(app, bindings_of(app.screen))
    return {g.title: [(r.keys, r.description, r.tooltip) for r in g.rows] for g in groups}


async def test_bindings_of_widgets_without_focus_are_found() -> None:
    async with TwoWidgets().run_test() as pilot:
        groups = await help_of(pilot.app)
        assert groups["Knobs"] == [("+  ↑", "Louder", "One more")]
        assert ("f1", "Help", "All keys") in groups["Everywhere"]


async def test_a_remapped_key_shows_as_it_is() -> None:
    async with TwoWidgets().run_test() as pilot:
        pilot.app.set_keymap({"knob.up": "f9"})
        assert (await help_of(pilot.app))["Knobs"] == [("f9", "Louder", "One more")]


async def test_keys_and_commands_are_on_the_screen() -> None:
    app = TwoWidgets()
    async with app.run_test():
        bindings = bindings_of(app.screen)
    screen = HelpScreen(bindings, COMMANDS)
    async with DialogHost(screen).run_test() as pilot:
        await pilot.pause()
        texts = [text_of(rows) for rows in screen.query(".help-rows")]
        assert any("Louder  One more" in text for text in texts)
        assert lines_of(screen.query(".help-rows").last())[:2] == [
            "/model [FILE]  Choose another model",
            "/quit          Leave [b]everything[/b] saved  also /exit, /bye",
        ]


async def test_typing_narrows_keys_and_commands() -> None:
    screen = HelpScreen({}, COMMANDS)
    async with DialogHost(screen).run_test() as pilot:
        await pilot.press(*"bye")
        await pilot.pause()
        shown = text_of(screen.query_one(".help-rows"))
        assert "/quit" in shown and "/model" not in shown
        await pilot.press(*"xyz")
        await pilot.pause()
        assert "Nothing like that." in text_of(screen.query_one(".dialog-empty"))


async def test_keys_of_dialogs_are_below_the_commands_as_they_are_now() -> None:
    async with TwoWidgets().run_test() as pilot:
        pilot.app.set_keymap({"chats.rename": "f9"})
        groups = groups_elsewhere(pilot.app, bindings_of(pilot.app.screen))
    rows = {row.id: row for group in groups for row in group.rows}
    assert rows["chats.rename"].keys == "f9"
    assert rows["chats.rename"].tooltip == "Give it another title"
    assert "Chats" in [group.title for group in groups]
    screen = HelpScreen({}, COMMANDS, lambda: groups)
    async with DialogHost(screen).run_test() as pilot:
        await until(pilot, lambda: len(screen.query(".help-section")) == 1 + len(groups))
        await pilot.press(*"chats.rename")
        await pilot.pause()
        shown = [text_of(rows) for rows in screen.query(".help-rows") if text_of(rows).strip()]
        assert shown == [text for text in shown if "f9  Rename" in text] != []
