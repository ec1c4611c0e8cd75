"""All keys and slash commands, made from the bindings and the commands themselves.

Typing narrows them. Knows no key and no command by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalGroup, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from llamachat.tui.screens.dialog import Dialog
from llamachat.tui.screens.help_keys import KeyGroup, KeyRow, group_keys
from llamachat.tui.screens.listing import FilterInput
from llamachat.tui.screens.visuals import Terms


class Command(Protocol):
    """What the help needs of a slash command."""

    @property
    def name(self) -> str: ...
    @property
    def usage(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


Row = tuple[str, str, str]
"""name, explanation, small print"""


class HelpScreen(Dialog[None]):
    """Keys grouped by where they hold, then commands, then keys of other screens.

    Args:
        bindings: `bindings_of(screen)`, or a screen's `active_bindings`.
        elsewhere: gives `groups_elsewhere`, which come below the commands once the rest is there:
            what they are made of is imported for them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll('up')", "Up", show=False, id="help.up",
                tooltip="One line up"),
        Binding("down", "scroll('down')", "Down", show=False, id="help.down",
                tooltip="One line down"),
        Binding("pageup", "scroll('page_up')", "Page up", show=False, id="help.page_up",
                tooltip="One screen up"),
        Binding("pagedown", "scroll('page_down')", "Page down", show=False, id="help.page_down",
                tooltip="One screen down"),
    ]  # fmt: skip
    AUTO_FOCUS = "FilterInput"
    heading = "Keys and commands"

    def __init__(
        self,
        bindings: Mapping[str, ActiveBinding] | Iterable[ActiveBinding],
        commands: Sequence[Command] = (),
        elsewhere: Callable[[], Sequence[KeyGroup]] = tuple,
    ) -> None:
        super().__init__()
        self._bindings_shown = list(
            bindings.values() if isinstance(bindings, Mapping) else bindings
        )
        self._commands = commands
        self._elsewhere = elsewhere

    def body(self) -> ComposeResult:
        yield FilterInput(
            placeholder="Type to find a key or a command", compact=True, classes="dialog-field"
        )
        with VerticalScroll(classes="dialog-text", can_focus=False):
            yield from self._sections()
        yield Static("Nothing like that.", classes="dialog-empty")

    def on_mount(self) -> None:
        self.note("chat.help, …: names for [keys] in the settings")
        self._filter()
        self.call_after_refresh(self._add_elsewhere)

    async def _add_elsewhere(self) -> None:
        if self.is_attached:  # not closed meanwhile
            more = [_of_group(group) for group in self._elsewhere()]
            await self.query_one(VerticalScroll).mount(*more)
            self._filter()

    def action_scroll(self, how: str) -> None:
        getattr(self.query_one(VerticalScroll), f"scroll_{how}")(animate=False)

    @on(Input.Changed)
    def _filter(self) -> None:
        words = self.query_one(FilterInput).value.casefold().split()
        counts = [section.narrow(words) for section in self.query(HelpSection)]
        self.set_class(sum(counts) == 0, "-empty")
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _sections(self) -> Iterator[HelpSection]:
        yield from map(_of_group, group_keys(self.app, self._bindings_shown))
        if self._commands:
            yield HelpSection("Commands", [_of_command(command) for command in self._commands])


class HelpSection(VerticalGroup):
    """A title and the rows below it that hold all the words looked for."""

    def __init__(self, title: str, rows: list[Row]) -> None:
        super().__init__(classes="help-section")
        self._title = title
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield Static(Content(self._title), classes="help-title")
        yield Static(classes="help-rows")

    def narrow(self, words: Sequence[str]) -> int:
        """Show the rows that have all these words; returns how many."""
        shown = [row for row in self._rows if all(w in " ".join(row).casefold() for w in words)]
        self.display = bool(shown)
        self.query_one(".help-rows", Static).update(Terms([_term(row) for row in shown]))
        return len(shown)


def _of_group(group: KeyGroup) -> HelpSection:
    return HelpSection(group.title, [_of_key(row) for row in group.rows])


def _of_key(row: KeyRow) -> Row:
    parts = (row.tooltip if row.tooltip != row.description else "", row.id)
    return row.keys, row.description, "  ·  ".join(filter(None, parts))


def _of_command(command: Command) -> Row:
    also = f"also {', '.join(command.aliases)}" if command.aliases else ""
    return f"{command.name} {command.usage}".strip(), command.summary, also


def _term(row: Row) -> tuple[Content, Content]:
    name, text, small = row
    print_ = (f"  {small}", ".dialog--dim") if small else ""
    return Content.styled(name, ".dialog--strong"), Content.assemble(text, print_)
