"""What opens above the chat, and what follows from what was chosen there.

Knows screens and the desk; nothing of answers. Each screen is imported when it is opened, so that
the first paint does not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.engine.base import EngineInfo
from llamachat.engine.prompt import Prompt
from llamachat.errors import LlamaChatError
from llamachat.tui.commands.table import COMMANDS

if TYPE_CHECKING:
    from llamachat.chat.store.records import Hit
    from llamachat.tui.chat_screen import ChatScreen

Parts = Sequence[tuple[str, Literal["scaffold", "content", "plain"]]]

RECENT = 50
"""chats whose models are offered first"""


class Overlays:
    """Opens screens above the chat."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen

    def help(self) -> None:
        from llamachat.tui.screens.help import HelpScreen
        from llamachat.tui.screens.help_keys import bindings_of, groups_elsewhere

        app, bindings = self._screen.app, bindings_of(self._screen)
        app.push_screen(
            HelpScreen(bindings, COMMANDS.commands, lambda: groups_elsewhere(app, bindings))
        )

    def text(self, title: str, text: str | Parts, *, at_end: bool = False) -> None:
        from llamachat.tui.screens.text_view import TextScreen

        self._screen.app.push_screen(TextScreen(title, text, at_end=at_end))

    def log(self) -> None:
        """What the engine said."""
        from llamachat.engine.child import log_path
        from llamachat.tui.commands.files import tail_text

        self.text("Engine log", tail_text(log_path()), at_end=True)

    def chats(self) -> None:
        from llamachat.tui.screens.chats import ChatsScreen

        def chosen(choice: int | Literal["new"] | None) -> None:
            self._screen.idle.forget_deleted()
            if choice == "new":
                self._screen.desk.open_new()
            elif choice is not None:
                self._screen.desk.open_stored(choice)
            else:
                self._screen.desk.see_what_became_of_it()

        screen = ChatsScreen(self._screen.store, self._screen.conversation.id)
        self._screen.app.push_screen(screen, chosen)

    def search(self, query: str = "") -> None:
        from llamachat.tui.screens.search import SearchScreen

        def chosen(hit: Hit | None) -> None:
            if hit is not None:
                words = "".join(hit.snippet[slice(*mark)] for mark in hit.marks[:1])
                self._screen.desk.open_stored(hit.chat.id, message=hit.message, words=words)

        self._screen.app.push_screen(SearchScreen(self._screen.store, query), chosen)

    def models(self) -> None:
        from llamachat.models.catalog import Entry, catalog
        from llamachat.models.wanted import of_entry
        from llamachat.tui.screens.models import ModelsScreen

        def chosen(choice: Path | Entry | None) -> None:
            if isinstance(choice, Path):
                self._screen.desk.use_model(choice)
            elif choice is not None:
                self._guarded(lambda: self._screen.fetch_model(of_entry(choice)))

        recent = dict.fromkeys(
            Path(chat.model) for chat in self._screen.store.chats(limit=RECENT) if chat.model
        )
        screen = ModelsScreen(
            current=self._screen.desk.model, recent=list(recent), offered=catalog()
        )
        self._screen.app.push_screen(screen, chosen)

    def welcome(self) -> None:
        """What this machine is, and which model to begin with."""
        from llamachat.models.wanted import of_entry
        from llamachat.tui.screens.welcome import Choice, WelcomeScreen

        def chosen(choice: Choice | None) -> None:
            match choice:
                case ("file", path):
                    self._screen.desk.use_model(path)
                case ("get", entry):
                    self._guarded(lambda: self._screen.fetch_model(of_entry(entry), use=True))

        self._screen.app.push_screen(WelcomeScreen(), chosen)

    def prompt_templates(self) -> None:
        from llamachat.tui.screens.prompt_templates import PromptTemplatesScreen

        def chosen(choice: tuple[str, str] | None) -> None:
            if choice is None:
                return
            what, name = choice
            if what == "use":
                self._guarded(lambda: self.use_prompt_template(load_prompt_template(name)))
            else:
                self.edit_prompt_template(name, new=what == "new")

        self._screen.app.push_screen(
            PromptTemplatesScreen(self._screen.conversation.prompt_template, info=self._info),
            chosen,
        )

    def edit_prompt_template(self, name: str, *, new: bool = False) -> None:
        from llamachat.tui.screens.prompt_editor import PromptTemplateEditor

        self._screen.app.push_screen(
            PromptTemplateEditor(name, new=new, count=self._count, info=self._info)
        )

    def use_prompt_template(
        self, template: PromptTemplate, given: Mapping[str, str] | None = None
    ) -> None:
        """In a chat that has begun it goes on in the new form; missing variables are asked for."""
        from llamachat.tui.screens.variables import VariablesScreen

        def filled(values: dict[str, str] | None) -> None:
            if values is not None:
                self._guarded(lambda: self._use(template, values))

        given = dict(given or {})
        if template.asked(given):
            self._screen.app.push_screen(VariablesScreen(template, given), filled)
        else:
            filled(given)

    def _use(self, template: PromptTemplate, values: dict[str, str]) -> None:
        screen = self._screen
        dialog = template.fill(values)
        if template is screen.launch.unfilled:
            screen.launch = screen.launch.filled(template, values)

        async def change() -> None:
            screen.conversation.use(dialog, template.name)
            screen.template_watch.follow(template, values)
            await screen.show_rows()
            screen.appearance.name_things()
            screen.say(f"Prompt template {template.name}: {template.description}")

        screen.turns.when_quiet(change)

    def settings(self) -> None:
        from llamachat.tui.screens.settings import Settings, SettingsScreen

        screen = self._screen
        params = screen.conversation.params()
        before = Settings(
            screen.desk.options,
            params.sampling,
            params.n_predict,
            screen.app.theme,
            screen.appearance.panel,
            screen.conversation.prompt_template or None,
            screen.appearance.config,
        )

        def chosen(result: Any) -> None:
            if result is not None:
                self._guarded(lambda: screen.appearance.apply(before, *result))

        screen.app.push_screen(SettingsScreen(before), chosen)

    @property
    def _info(self) -> EngineInfo | None:
        engine = self._screen.host.engine
        return engine.info if engine is not None else None

    def _count(self, prompt: Prompt) -> int:
        """Raises LlamaChatError while the engine is loaded or busy."""
        engine = self._screen.host.engine
        if engine is None:
            raise LlamaChatError("The model is not loaded.")
        return engine.count(prompt)

    def _guarded(self, work: Any) -> None:
        """Say in the transcript what was refused."""
        try:
            work()
        except LlamaChatError as error:
            self._screen.fail(error)
