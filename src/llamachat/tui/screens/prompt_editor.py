"""The editor of prompt templates: the TOML, and beside it the prompt it makes, while one types.

What is wrong is told with its place, and its line is marked; saving is always possible, and always
into the person's own folder. Knows nothing of chats.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from llamachat.chat.prompt_draft import PromptDraft
from llamachat.chat.prompt_preview import Inspection, inspect_text
from llamachat.engine.base import EngineInfo
from llamachat.errors import LlamaChatError, UsageError
from llamachat.sanitize import one_line
from llamachat.tui.hints import told
from llamachat.tui.screens.confirm import ConfirmScreen
from llamachat.tui.screens.dialog import Dialog
from llamachat.tui.screens.prompt_verdict import Count, PromptVerdict
from llamachat.tui.widgets.prompt_view import PromptView
from llamachat.tui.widgets.toml_area import TomlArea

DEBOUNCE = 0.3
"""seconds without a key before the text is looked at"""


class PromptTemplateEditor(Dialog[str]):
    """Dismisses with the name it was last saved under, or None.

    Args:
        name: of the prompt template; with `new`, of the one to begin from.
        count: tokens of a prompt, called in a thread; LlamaChatError where it cannot be told now.
        info: of the loaded model, for its chat template.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="prompt_editor.save", priority=True,
                tooltip="Save it in your own folder"),
        Binding("f8", "next_fault", "Next fault", id="prompt_editor.fault", priority=True,
                tooltip="Put the cursor where something is wrong"),
        Binding("ctrl+g", "external", "Editor", id="prompt_editor.external", priority=True,
                tooltip="Go on in $VISUAL or $EDITOR"),
    ]  # fmt: skip
    AUTO_FOCUS = "TomlArea"

    def __init__(
        self,
        name: str,
        *,
        new: bool = False,
        count: Count | None = None,
        info: EngineInfo | None = None,
    ) -> None:
        super().__init__()
        self._draft = PromptDraft(name, new=new)
        self.heading = self._draft.title
        self._count, self._info = count, info
        self._saved: str | None = None
        self._timer: Timer | None = None
        self._inspection = Inspection()

    def body(self) -> ComposeResult:
        if not self._draft.name:
            yield Input(
                self._draft.suggestion, placeholder="Name", compact=True, classes="dialog-field"
            )
        with Container(classes="prompt-editor"):
            yield TomlArea()
            yield PromptView()
        yield PromptVerdict(self._count)

    def on_mount(self) -> None:
        try:
            text = self._draft.load()
        except UsageError as error:
            self._refused(error)
            self.dismiss(None)
            return
        self.area.load_text(text)
        self._look()

    @property
    def area(self) -> TomlArea:
        return self.query_one(TomlArea)

    # While one types

    @on(TextArea.Changed)
    def _typed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE, self._look)
        self._describe()

    def _look(self) -> None:
        """Check the text and render it: 1 ms for the shipped ones."""
        name = self._draft.name or "new"
        self._inspection = found = inspect_text(self.area.text, name=name, info=self._info)
        self.area.mark(fault.line for fault in found.faults)
        if found.preview:
            self.query_one(PromptView).show(found.preview.prompt)
        self.set_class(found.preview is None, "-faulty")
        self.query_one(PromptVerdict).show(found)
        self.refresh_bindings()

    def _describe(self) -> None:
        """Whose it is, and whether it is saved, at the end of the heading."""
        unsaved = self._draft.unsaved(self.area.text)
        state = (" · not saved", ".dialog--warn") if unsaved else ""
        self.note(Content.assemble(one_line(self._draft.whose), state))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "next_fault":
            return any(fault.line for fault in self._inspection.faults)
        return super().check_action(action, parameters)

    def action_next_fault(self) -> None:
        """The first one behind the cursor, or else the first of all."""
        row, column = self.area.cursor_location
        places = [(fault.line, fault.column) for fault in self._inspection.faults if fault.line]
        behind = [place for place in places if place > (row + 1, column + 1)]
        self.area.go_to(*(behind or places)[0])
        self.area.focus()

    def action_external(self) -> None:
        from llamachat.tui.widgets.composer_editor import edited_in

        before = self.area.text
        try:
            text = edited_in(self.app, before)
        except UsageError as error:
            self._refused(error)
            return
        self.area.replace_all(text + ("\n" if before.endswith("\n") else ""))

    # Saving and leaving

    def action_save(self) -> None:
        if self._draft.overwrites(self.area.text):
            question = f"Another program has changed {one_line(self._draft.name)}. Replace that?"
            self.app.push_screen(ConfirmScreen(question, "Replace", "Go on editing"), self._save)
        else:
            self._save(True)

    def _save(self, agreed: bool | None) -> None:
        if not agreed:
            return
        fields = list(self.query(Input))
        try:
            path = self._draft.save(self.area.text, fields[0].value if fields else "")
        except LlamaChatError as error:
            self._refused(error)
            for field in fields:
                field.focus()
            return
        for field in fields:
            field.remove()
        self._saved = self._draft.name
        self.query_one(".dialog-heading", Static).update(Content(one_line(self._draft.title)))
        self._look()
        self._describe()
        self.area.focus()
        if self._inspection.preview:
            self.notify(f"Saved: {path}", markup=False)
        else:
            self.notify("Saved, but something is wrong in it.", severity="warning", markup=False)

    def _refused(self, error: LlamaChatError) -> None:
        self.notify(one_line(told(error)), severity="error", markup=False)

    def action_close(self) -> None:
        if self._draft.unsaved(self.area.text):
            question = "Leave without saving what you changed?"
            self.app.push_screen(ConfirmScreen(question, "Leave", "Go on editing"), self._leave)
        else:
            self._leave(True)

    def _leave(self, agreed: bool | None) -> None:
        if agreed:
            self.dismiss(self._saved)
