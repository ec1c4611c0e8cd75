"""The full-screen chat as a Textual app: its styles, keys, command palette and store.

Everything that happens in a chat is on `ChatScreen`. Knows how to begin and how to end.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePath
from typing import ClassVar

from rich.console import RenderableType
from textual import events, on
from textual.app import SystemCommand
from textual.screen import Screen

from llamachat.chat.conversation import Conversation
from llamachat.chat.store.chats import ChatStore
from llamachat.errors import LlamaChatError, UsageError
from llamachat.sanitize import one_line
from llamachat.tui.bindings import CHAT_BINDINGS
from llamachat.tui.chat_screen import ChatScreen
from llamachat.tui.clipboard import Copies
from llamachat.tui.commands.table import COMMANDS
from llamachat.tui.desk import new_conversation, stored_conversation
from llamachat.tui.keymap import lost_keys, refuse_unknown
from llamachat.tui.launch import Launch
from llamachat.tui.leaving import leave_on_signals, read_escape_at_once
from llamachat.tui.narrow_updates import draw_narrowly
from llamachat.tui.telling import TellsErrors
from llamachat.tui.terminal_size import PERIOD, follow_terminal
from llamachat.tui.timers import KeepsTime
from llamachat.tui.type_ahead import TypesAhead
from llamachat.tui.widgets.transcript import Transcript

STYLES = Path(__file__).parent / "styles"


class LlamaChatApp(TellsErrors, KeepsTime, Copies, TypesAhead):
    """Raises (on construction) UsageError where the chat to resume is not there, and where the
    settings name a theme or a binding that is not."""

    TITLE = "llamachat"
    CSS_PATH: ClassVar[list[str | PurePath]] = [*sorted(STYLES.glob("*.tcss"))]

    def __init__(self, launch: Launch, store: ChatStore) -> None:
        super().__init__()
        self.launch = launch
        self.store = store
        self.chat_screen = ChatScreen(launch, store, self._conversation())
        draw_narrowly(self.chat_screen)
        if launch.config.theme:
            self._use_theme(launch.config.theme)
        self.animation_level = "none"
        read_escape_at_once()
        refuse_unknown(launch.config)
        self.set_keymap(launch.config.keys)

    def _conversation(self) -> Conversation:
        launch, model = self.launch, self.launch.options.model
        if launch.resume is None:
            return new_conversation(launch, self.store, model)
        record = self.store.to_resume(launch.resume)
        return stored_conversation(launch, self.store, record, model)

    def exit(
        self,
        result: int | None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """However the app is left, what is being written is kept."""
        if self.chat_screen.is_mounted:
            self.chat_screen.desk.drafts.keep()
        super().exit(result, return_code, message)

    def fail(self, error: LlamaChatError) -> None:
        self.chat_screen.fail(error)

    def _handle_exception(self, error: Exception) -> None:
        """What timers and callbacks raise comes here."""
        if isinstance(error, LlamaChatError):
            self.fail(error)
        else:
            super()._handle_exception(error)

    def _use_theme(self, name: str) -> None:
        if name not in self.available_themes:
            raise UsageError(
                f"There is no theme {name!r}.",
                f"There are {', '.join(sorted(self.available_themes))}.",
            )
        self.theme = name

    def on_mount(self) -> None:
        self.push_screen(self.chat_screen)
        self.set_interval(PERIOD, lambda: follow_terminal(self))
        leave_on_signals(self, self.chat_screen.desk.drafts.keep)
        if self.launch.unfilled is not None:
            overlays = self.chat_screen.overlays
            overlays.use_prompt_template(self.launch.unfilled, self.launch.given)
        elif self.launch.first_run:
            self.chat_screen.overlays.welcome()
        for sentence in lost_keys(self.launch.config):
            self.notify(sentence, severity="warning", markup=False)
        gc.freeze()  # what is loaded now stays; collections look at what came later
        gc.enable()

    @on(ChatScreen.Ready)
    def _take_what_was_typed(self) -> None:
        ahead = self.take_ahead()
        if ahead:
            self.chat_screen.composer.insert(ahead)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted while the messages have the focus is meant for the composer."""
        if self.screen is self.chat_screen:
            self.chat_screen.composer.paste(event.text)
            self.chat_screen.composer.focus()

    @on(Transcript.LinkRequested)
    def _open_link(self, event: Transcript.LinkRequested) -> None:
        """A link of a model's text opens by a click only, and only what a browser shows."""
        if event.target.startswith(("https://", "http://")):
            self.notify(f"Opening {one_line(event.target)}", markup=False)
            self.open_url(event.target)
        else:
            self.notify(f"Not opened: {one_line(event.target)}", markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: Textual's own entries, every slash command, and what has only a key."""
        yield from super().get_system_commands(screen)
        chat = self.chat_screen
        for command in COMMANDS.commands:
            name, begin = command.name, chat.composer.begin
            if not command.usage or command.usage.startswith("["):
                action = partial(chat.run_action, f"command('{name}')")
                yield SystemCommand(name, command.summary, action)
            else:
                yield SystemCommand(f"{name} …", command.summary, partial(begin, f"{name} "))
        for binding in CHAT_BINDINGS:
            if binding.action in ("log", "transcript"):
                action = partial(chat.run_action, binding.action)
                yield SystemCommand(binding.description, binding.tooltip, action)
