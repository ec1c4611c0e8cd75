"""Picks up a changed prompt template while its dialog is open.

A file that is broken is told of and changes nothing. Knows the file and the conversation; one look
costs one stat.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.chat.prompt_library import find_prompt_template, read_prompt_template
from llamachat.chat.prompt_watch import PromptWatch
from llamachat.errors import LlamaChatError

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen

PERIOD = 1.0
"""seconds between two looks"""


class TemplateWatch:
    """Watches the prompt template of the open chat, if it was chosen in this session."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._watch: PromptWatch | None = None
        self._values: Mapping[str, str] = {}
        self._name = ""

    def follow(self, name: str, values: Mapping[str, str]) -> None:
        """From now on changes of this prompt template concern the open chat; empty: none does."""
        self._name, self._values = name, values
        path = find_prompt_template(name) if name else None
        self._watch = PromptWatch(path) if path is not None else None

    async def look(self) -> None:
        """Lay the changed file over the open chat, unless an answer is being written."""
        screen, watch = self._screen, self._watch
        if watch is None or screen.turns.busy or not watch.changed():
            return
        if self._name != screen.conversation.prompt_template:
            self._watch = None
            return
        await self._take_up(watch.path)

    async def _take_up(self, path: Path) -> None:
        screen = self._screen
        try:
            dialog = read_prompt_template(path).fill(self._values)
        except LlamaChatError as error:
            screen.fail(error)
            return
        if dialog != screen.conversation.dialog:
            screen.conversation.use(dialog, self._name)
            await screen.show_rows()
            screen.appearance.name_things()
            screen.say(f"The prompt template {self._name} was changed and is in use.")
