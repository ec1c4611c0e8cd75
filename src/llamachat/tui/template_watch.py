"""Picks up a changed prompt template while a chat is led in it.

A chat is, as long as its dialog is what the file made of it: one that was begun with other values,
or told something else by hand, is left alone. A shipped file is hidden by an own one of its name as
soon as there is one. A file that is broken is told of and changes nothing. Knows the files and the
conversation; one look costs two stats.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import (
    is_name,
    load_prompt_template,
    name_of,
    own_folder,
    shipped_folder,
)
from llamachat.chat.prompt_template import BUILT_IN, PromptTemplate
from llamachat.chat.prompt_watch import PromptWatch
from llamachat.errors import LlamaChatError, UsageError

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen

PERIOD = 1.0
"""seconds between two looks"""


class TemplateWatch:
    """Watches the prompt template of the open chat."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._watches: tuple[PromptWatch, ...] = ()
        self._where = ""
        """the name of the prompt template, or the path of one that is in no folder of ours"""
        self._values: Mapping[str, str] = {}
        self._dialog: Dialog | None = None
        """what the file made; the chat's own as long as it is followed"""

    def opened(self) -> None:
        """Follow the file of the chat that is open now, where it is what that chat is led in."""
        conversation, launch = self._screen.conversation, self._screen.launch
        name = conversation.prompt_template
        if not is_name(name):  # none, or the name in an imported chat
            return
        at_start = name_of(launch.prompt_template) == name
        try:
            template = load_prompt_template(launch.prompt_template if at_start else name)
        except UsageError:  # gone or broken by now: the chat has its dialog
            return
        nothing: Mapping[str, str] = {}
        for values in (launch.given, nothing):
            if conversation.dialog in _made(template, values):
                self.follow(template, values)
                return

    def follow(self, template: PromptTemplate, values: Mapping[str, str]) -> None:
        """From now on changes of this file concern the open chat."""
        path = Path(template.source)
        ours = path.parent in (shipped_folder(), own_folder())
        places = (path, own_folder() / path.name) if ours else (path,)
        self._where = template.name if ours else template.source
        self._watches = tuple(map(PromptWatch, dict.fromkeys(places)))
        self._values, self._dialog = values, self._screen.conversation.dialog

    async def look(self) -> None:
        """Lay the changed file over the open chat, unless an answer is being written."""
        if not self._watches or self._screen.turns.busy:
            return
        changed = [watch.changed() for watch in self._watches]
        if any(changed) and self._screen.conversation.dialog == self._dialog:
            await self._take_up()

    async def _take_up(self) -> None:
        screen = self._screen
        name = screen.conversation.prompt_template
        try:
            template = load_prompt_template(self._where)
            if missing := template.missing(self._values):
                names = ", ".join(variable.name for variable in missing)
                raise UsageError(
                    f"The prompt template {name} was changed and needs values for {names}.",
                    f"To be asked for them: /template {self._where}",
                )
            known = {*BUILT_IN, *(variable.name for variable in template.variables)}
            dialog = template.fill({n: v for n, v in self._values.items() if n in known})
        except LlamaChatError as error:
            screen.fail(error)
            return
        if dialog != screen.conversation.dialog:
            screen.conversation.use(dialog, name)
            self._dialog = dialog
            await screen.show_rows()
            screen.appearance.name_things()
            screen.say(f"The prompt template {name} was changed and is in use.")


def _made(template: PromptTemplate, values: Mapping[str, str]) -> tuple[Dialog, ...]:
    """The dialogs that a prompt template makes; which of them, the model decides."""
    try:
        dialog = template.fill(values)
    except UsageError:  # it needs other values
        return ()
    return dialog, dialog.settled(has_chat_template=True), dialog.settled(has_chat_template=False)
