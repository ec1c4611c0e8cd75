"""The list of prompt templates: use one, edit one, begin a new one from one.

A broken one can only be edited. Knows nothing of chats; whoever opened it does what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from llamachat.chat.prompt_library import Listed, listed
from llamachat.chat.prompt_preview import preview
from llamachat.engine.base import EngineInfo
from llamachat.engine.prompt import Prompt
from llamachat.errors import LlamaChatError
from llamachat.sanitize import for_terminal, one_line
from llamachat.tui.hints import told
from llamachat.tui.screens.dialog import Dialog
from llamachat.tui.screens.listing import Listing
from llamachat.tui.screens.visuals import Ends
from llamachat.tui.widgets.prompt_view import PromptView

Choice = tuple[Literal["use", "edit", "new"], str]

_WHOSE = {"own": "yours", "shadowing": "yours", "shipped": ""}
_FORMS = {
    "transcript": "a transcript, for any model",
    "chat": "the model's own chat template",
    "auto": "the model's own chat template, or a transcript",
}


class PromptTemplatesScreen(Dialog[Choice]):
    """Dismisses with what is to be done and the name of a prompt template, or None.

    Args:
        current: the name of the one in use.
        info: of the loaded model, for its chat template.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose('use')", "Use", id="prompts.use", tooltip="Talk in this one"),
        Binding("e", "choose('edit')", "Edit", id="prompts.edit",
                tooltip="Change it; a shipped one is copied first"),
        Binding("n", "choose('new')", "New from it", id="prompts.new",
                tooltip="Begin one of your own as a copy"),
    ]  # fmt: skip
    AUTO_FOCUS = "Listing"
    heading = "Prompt templates"

    def __init__(self, current: str = "", *, info: EngineInfo | None = None) -> None:
        super().__init__()
        self._current = current
        self._info = info
        self._entries: dict[str, Listed] = {}

    def body(self) -> ComposeResult:
        with Container(classes="prompt-list"):
            yield Listing(markup=False, compact=True, classes="dialog-list")
            yield PromptView()

    def on_mount(self) -> None:
        self._entries = {entry.name: entry for entry in listed()}
        own = sum(entry.origin != "shipped" for entry in self._entries.values())
        self.note(f"{own} of {len(self._entries)} yours")
        options = [Option(self._row(entry), entry.name) for entry in self._entries.values()]
        self.query_one(Listing).show(options, highlight=self._current)

    @property
    def entry(self) -> Listed | None:
        """The highlighted one."""
        return self._entries.get(self.query_one(Listing).chosen or "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose" and self.is_mounted:
            entry = self.entry
            return entry is not None and (parameters == ("edit",) or entry.template is not None)
        return super().check_action(action, parameters)

    def action_choose(self, what: Literal["use", "edit", "new"]) -> None:
        if self.entry is not None:
            self.dismiss((what, self.entry.name))

    @on(OptionList.OptionSelected)
    async def _clicked(self) -> None:
        await self.run_action("choose('use')")

    @on(OptionList.OptionHighlighted)
    def _show(self) -> None:
        """Rendering one takes under a millisecond; no need to wait for the keys to rest."""
        self.refresh_bindings()
        entry, view = self.entry, self.query_one(PromptView)
        if entry is None:
            return
        view.scroll_home(animate=False)
        if entry.template is None:
            fault = for_terminal(str(entry.fault))
            view.show((), Content.styled(f"It can not be used: {fault}", ".dialog--bad"))
            return
        prompt, note = self._prompt(entry)
        view.show(prompt, *_facts(entry), Content(note))

    def _prompt(self, entry: Listed) -> tuple[Prompt, str]:
        """What the model would be given, or why nothing is."""
        assert entry.template is not None
        try:
            return preview(entry.template, info=self._info).prompt, ""
        except LlamaChatError as error:
            return (), one_line(told(error))

    def _row(self, entry: Listed) -> Ends:
        name = Content.styled(one_line(entry.name), ".dialog--strong")
        using = (" · in use", ".dialog--good") if entry.name == self._current else ""
        whose = Content.styled(_WHOSE[entry.origin], ".dialog--dim")
        if entry.template is None:
            below = Content.styled("broken", ".dialog--bad")
        else:
            below = Content.styled(one_line(entry.template.description), ".dialog--dim")
        return Ends(Content.assemble(name, using), whose, below=below)


def _facts(entry: Listed) -> Iterator[Content]:
    """Small print above the prompt."""
    template = entry.template
    if template is None:
        return
    lines = [template.description, f"Form: {_FORMS[template.unfilled.form]}"]
    for variable in template.variables:
        default = "" if variable.default is None else f" (else: {variable.default})"
        asks = variable.ask or "must be given"
        if variable.ask or variable.default is None:
            lines.append(f"Asks for {variable.name}: {asks}{default}")
    yield Content.styled("\n".join(map(one_line, lines)) + "\n\n", ".dialog--dim")
