"""Settings of the chat: model, sampling and looks, each with what it does and when it acts.

Gives back a changed value; whoever opened the screen applies it, and writes it down where the
person wants it for every start. Knows nothing of engines or files of settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from llamachat.errors import ModelError
from llamachat.tui.hints import told
from llamachat.tui.screens.dialog import Dialog
from llamachat.tui.screens.settings_fields import Settings as Settings
from llamachat.tui.screens.settings_fields import changed, conflict, text_of, waiting
from llamachat.tui.screens.settings_groups import FIRST, GROUPS, Field, Group
from llamachat.tui.screens.settings_row import SettingRow

PANELS = ("full", "line", "off")


class Form(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The rows; up and down belong to the screen."""


class SettingsScreen(Dialog[tuple[Settings, bool]]):
    """Dismisses with the changed settings and whether they shall be kept as default, or None.

    Args:
        settings: those in use.
        prompt_templates: names to choose from; None = all there are.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "apply(False)", "Use in this chat", id="settings.apply",
                tooltip="Use these settings in this chat", priority=True),
        Binding("f2", "apply(True)", "Save as default", id="settings.keep",
                tooltip="Use them, and write what was changed into the settings file",
                priority=True),
        Binding("up", "app.focus_previous", "Up", show=False, id="settings.up",
                tooltip="The row above"),
        Binding("down,enter", "app.focus_next", "Down", show=False, id="settings.down",
                tooltip="The row below"),
    ]  # fmt: skip
    heading = "Settings"

    def __init__(
        self, settings: Settings, *, prompt_templates: Sequence[str] | None = None
    ) -> None:
        super().__init__()
        self._before = self._settings = settings
        self._prompt_templates = prompt_templates

    def body(self) -> ComposeResult:
        with Form(classes="settings-form"):
            yield from self._group_rows(GROUPS[:FIRST])

    def on_mount(self) -> None:
        self.call_after_refresh(self._add_others)

    async def _add_others(self) -> None:
        if self.is_attached:  # not closed meanwhile
            await self.query_one(Form).mount(*self._group_rows(GROUPS[FIRST:]))

    def _group_rows(self, groups: Sequence[Group]) -> Iterator[Widget]:
        for group in groups:
            yield Static(_title(group), classes="settings-group")
            for field in group.fields:
                if field.key != "prompt_template" or self._before.prompt_template is not None:
                    yield SettingRow(field, text_of(self._before, field), self._choices(field))

    def action_apply(self, keep: bool) -> None:
        """Give the settings back, unless something in them is wrong."""
        rows = list(self.query(SettingRow))
        wrong = [row for row in rows if row.refused]
        later = [] if keep else waiting(self._before, self._settings)
        if not wrong and self._settings.options.model != self._before.options.model:
            wrong = self._refuse_model(rows)
        if wrong:
            wrong[0].control.focus()
            self.note("This cannot be yet.")
        elif later:
            next(row for row in rows if row.field.key == later[0]).control.focus()
            self.note("It acts from the next start on: save it as default.")
        else:
            self.dismiss((self._settings, keep))

    @on(SettingRow.Typed)
    def _typed(self, event: SettingRow.Typed) -> None:
        row = event.row
        try:
            self._settings = changed(self._settings, row.field, event.text)
        except ValueError as error:
            row.refuse(str(error))
        else:
            row.refuse("")
            self._refuse_conflict()
        reload = self._settings.options != self._before.options
        self.note("The model will be loaded again." if reload else "")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.focus_next()

    def _refuse_conflict(self) -> None:
        """What two rows say together is told at one of them, and taken back there."""
        found = conflict(self._settings)
        for row in self.query(SettingRow):
            if found and row.field.key == found[0]:
                row.refuse(found[1])
            elif row.field.key == "engine.flash_attention":
                row.refuse("")

    def _refuse_model(self, rows: Sequence[SettingRow]) -> list[SettingRow]:
        """The header is read once, when the path is complete."""
        from llamachat.models.found import describe

        try:
            describe(self._settings.options.model)
        except ModelError as error:
            wrong = [row for row in rows if row.field.key == "model"]
            for row in wrong:
                row.refuse(told(error))
            return wrong
        return []

    def _choices(self, field: Field) -> Sequence[str]:
        if field.key == "theme":
            return sorted(self.app.available_themes)
        if field.key == "panel":
            return PANELS
        if field.key == "prompt_template":
            return self._names()
        return field.choices

    def _names(self) -> Sequence[str]:
        if self._prompt_templates is not None:
            return self._prompt_templates
        from llamachat.chat.prompt_library import prompt_templates

        return list(prompt_templates())


def _title(group: Group) -> Content:
    return Content.assemble((group.title, ".dialog--strong"), (f"  {group.moment}", ".dialog--dim"))
