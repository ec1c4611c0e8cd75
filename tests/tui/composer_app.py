"""A composer alone in an app that remembers what it posted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Static

import llamachat.tui
from llamachat.tui.widgets.composer import Composer
from llamachat.tui.widgets.composer_completion import Completion

COMMANDS = {"/help": "what there is", "/read": "attach a file", "/regen": "another answer"}
THEMES = ("/theme dark", "/theme light")


def is_command(text: str) -> bool:
    return text.split(maxsplit=1)[0] in {*COMMANDS, "/theme"}


def completions(draft: str) -> list[Completion]:
    if " " in draft:
        return [Completion(theme) for theme in THEMES if theme.startswith(draft)]
    found = [Completion(name, summary) for name, summary in COMMANDS.items()]
    found.append(Completion("/theme ", "other colours"))
    return [choice for choice in found if choice.text.startswith(draft)]


class ComposerApp(App[None]):
    CSS_PATH = Path(llamachat.tui.__file__).parent / "styles" / "composer.tcss"
    CSS = "Static { height: 1fr; } Composer { dock: bottom; }"
    BINDINGS = [  # noqa: RUF012
        Binding("escape", "note('escape')"),
        Binding("ctrl+c", "note('ctrl+c')"),
        Binding("ctrl+d", "note('ctrl+d')"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.composer = Composer("Message Bob…", is_command=is_command, completions=completions)
        self.sent: list[Composer.Submitted] = []
        self.drafts: list[str] = []
        self.noted: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("transcript")
        yield self.composer

    def on_mount(self) -> None:
        self.composer.focus()

    def action_note(self, what: str) -> None:
        self.noted.append(what)

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        self.sent.append(event)

    def on_composer_draft_changed(self, event: Composer.DraftChanged) -> None:
        self.drafts.append(event.text)


@asynccontextmanager
async def composing(
    width: int = 80, height: int = 24
) -> AsyncIterator[tuple[ComposerApp, Composer, Pilot[None]]]:
    app = ComposerApp()
    async with app.run_test(size=(width, height)) as pilot:
        yield app, app.composer, pilot


async def press(pilot: Pilot[None], *names: str) -> None:
    """Keys as fast as a terminal sends them; `Pilot.press` waits 30 ms after each."""
    send(pilot, *names)
    await pilot.pause()


def send(pilot: Pilot[None], *names: str) -> None:
    """Keys that are not waited for."""
    for name in names:
        letter = len(name) == 1
        key = events.Key(_character_to_key(name) if letter else name, name if letter else None)
        pilot.app.post_message(key)


def screen_text(app: ComposerApp) -> list[str]:
    """The rows of the screen as a person sees them."""
    lines = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


if __name__ == "__main__":
    typed = ComposerApp()
    typed.run()
    print("sent:", [event.text for event in typed.sent])
