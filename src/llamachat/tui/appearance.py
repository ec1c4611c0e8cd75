"""How the chat screen looks and is set: panel form, theme, names, settings that were changed.

Knows the screen's widgets and the settings; nothing of messages.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from llamachat.chat.prompt_library import load_prompt_template
from llamachat.config.values import Config, Panel
from llamachat.errors import UsageError
from llamachat.tui.engine_source import refuse_for_server, server_of
from llamachat.tui.title import ChatTitle

if TYPE_CHECKING:
    from llamachat.engine.params import SamplingParams
    from llamachat.tui.chat_screen import ChatScreen
    from llamachat.tui.screens.settings import Settings

WIDE = 100
"""columns from which the panel stands beside the transcript; below it is one line"""
FORMS: tuple[Panel, ...] = get_args(Panel)
LIVE = ("markdown", "line_endings", "draft_prefill", "print_on_exit")
"""other keys of the settings file that act at once"""


class Appearance:
    """Of one chat screen."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self.config = screen.launch.config
        """the settings of the app, with what was changed since"""
        self.panel: Panel = self.config.panel

    def arrange(self) -> None:
        """Give the panel the form that was asked for and that there is room for."""
        panel, narrow = self._screen.panel, self._screen.app.size.width < WIDE
        line = self.panel == "line" or narrow
        panel.set_class(self.panel == "off", "-off")
        panel.set_class(line, "-line")
        self._screen.query_one("#body").set_class(line, "-line")

    def next_panel(self) -> None:
        """Where there is no room for it the full form is left out."""
        forms = [f for f in FORMS if f != "full" or self._screen.app.size.width >= WIDE]
        at = forms.index(self.panel) if self.panel in forms else 0
        self.panel = forms[(at + 1) % len(forms)]
        self.arrange()

    def change(self, what: str, value: Any) -> None:
        """Theme, panel or another key of the settings file that concerns the screen.

        Raises:
            UsageError: a value that cannot be, or a key that acts at the next start only.
        """
        screen = self._screen
        if what == "panel" and value is None:
            self.next_panel()
        elif what == "panel":
            if value not in FORMS:
                raise UsageError(f"The panel is one of {', '.join(FORMS)}, not {value!r}.")
            self.panel = value
            self.arrange()
        elif what == "theme":
            if value not in screen.app.available_themes:
                known = ", ".join(sorted(screen.app.available_themes))
                raise UsageError(f"There is no theme {value!r}.", f"There are {known}.")
            screen.app.theme = value
        elif what in LIVE:
            self._change_config(what, getattr(Config(), what) if value is None else value)
        else:
            raise UsageError(
                f"{what} cannot be changed while the chat runs.",
                f"For the next start: llamachat config set {what} {value}",
            )

    def _change_config(self, what: str, value: Any) -> None:
        screen, self.config = self._screen, replace(self.config, **{what: value})
        match what:
            case "markdown":
                screen.transcript.show_markdown(value)
            case "line_endings":
                self.name_things()
            case "draft_prefill":
                screen.idle.drafts = value
                screen.idle.opened(screen.conversation, screen.unsent if value else "")

    def name_things(self) -> None:
        """Title line, composer and window carry the names of what is open."""
        screen, conversation = self._screen, self._screen.conversation
        server = server_of(screen.launch, screen.desk.options)
        engine = screen.host.engine
        model = server.words if server else Path(screen.desk.model).stem
        if engine is not None and engine.info.server:
            model = engine.info.path
        chat = f"chat {conversation.id}" if conversation.id is not None else ""
        title = conversation.title
        template = conversation.prompt_template
        form = f"prompt template {template}" if template else ""
        screen.query_one(ChatTitle).name_things(title, chat, form, f"model {model}")
        screen.composer.placeholder = f"Message {conversation.dialog.assistant or model} …"
        wanted = self.config.line_endings
        line_endings = conversation.dialog.line_endings if wanted is None else wanted
        screen.composer.line_endings = line_endings

    def apply(self, before: Settings, after: Settings, keep: bool) -> None:
        """What the settings screen gave: at once, by a reload, or from the next answer on.

        Raises:
            UsageError: settings that exclude each other, or a file that cannot be written.
        """
        screen = self._screen
        refuse_for_server(screen.launch, before.options, after.options)
        changes = differing(before.sampling, after.sampling)
        if after.n_predict != before.n_predict:
            changes["n_predict"] = after.n_predict
        if changes:
            screen.conversation.set(changes)
        if after.theme != before.theme:
            self.change("theme", after.theme)
        if after.panel != before.panel:
            self.change("panel", after.panel)
        for what in LIVE:
            if getattr(after.config, what) != getattr(before.config, what):
                self._change_config(what, getattr(after.config, what))
        if after.options != before.options:
            screen.desk.load(after.options)
        if after.prompt_template and after.prompt_template != before.prompt_template:
            screen.overlays.use_prompt_template(load_prompt_template(after.prompt_template))
        if keep:
            from llamachat.config.writing import write_values  # 4 ms of the first paint
            from llamachat.tui.screens.settings_fields import file_values

            write_values(file_values(before, after))
            self.config = after.config


def differing(before: SamplingParams, after: SamplingParams) -> dict[str, Any]:
    """The fields that changed, with their new values."""
    names = [field.name for field in fields(after)]
    return {n: getattr(after, n) for n in names if getattr(after, n) != getattr(before, n)}
