"""What becomes of models that are fetched while one chats: shown, offered, used.

A part of the chat screen. Knows its widgets and the settings; nothing of networks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen

from llamachat.errors import LlamaChatError, UsageError
from llamachat.models.parts import model_stem
from llamachat.tui.downloads import Downloads
from llamachat.tui.engine_source import server_of
from llamachat.tui.widgets.download_line import DownloadLine
from llamachat.tui.widgets.panel import LivePanel

if TYPE_CHECKING:
    from llamachat.models.fetch.progress import Progress
    from llamachat.models.wanted import Wanted
    from llamachat.tui.desk import Desk
    from llamachat.tui.engine_host import EngineHost
    from llamachat.tui.launch import Launch
    from llamachat.tui.screens.download import Wish


class FetchesModels(Screen[None]):
    """A screen with a `DownloadLine`; handlers are found by their names."""

    desk: Desk
    host: EngineHost
    launch: Launch

    def __init__(self) -> None:
        super().__init__()
        self.downloads = Downloads(self.post_message)

    def say(self, text: str) -> None:
        """A line of ours, between the messages."""
        raise NotImplementedError

    @property
    def awaits_model(self) -> bool:
        """Whether the model that is to answer is not here yet: what was said waits for it."""
        here = self.desk.model.is_file() or server_of(self.launch, self.desk.options) is not None
        return self.host.engine is None and not here

    def open_model(self, launch: Launch) -> None:
        """Load the model of this start, or get it first."""
        if launch.fetch is None:
            self.host.open(launch.endpoint or launch.options)
            return
        self.downloads.start(launch.fetch)
        self.query_one(LivePanel).engine = "fetching"
        self.say(
            f"Fetching {launch.fetch.words}. It answers as soon as it is here, also what you write "
            "meanwhile; /model takes another."
        )

    def fetch_model(self, wanted: Wanted, *, use: bool = False) -> None:
        """Get a model, and use it when it is here if that is wanted.

        Raises:
            UsageError: another one is on its way.
            OutOfMemory: this machine can never run it.
        """
        from llamachat.hardware.memory import read_memory
        from llamachat.models.before_fetch import check_memory

        said = check_memory(wanted, read_memory())
        self.downloads.start(wanted, use=use)
        then = "It answers as soon as it is here" if use else "It is offered when it is here"
        self.say(f"Fetching {wanted.words}. {then}; meanwhile the chat goes on. {said}".rstrip())

    def show_download(self) -> None:
        """The panel of the running transfer.

        Raises:
            UsageError: there is none.
        """
        from llamachat.tui.screens.download import DownloadScreen

        latest = self.downloads.latest
        if latest is None:
            raise UsageError("No model is being fetched.", "Choose one: /model")
        panel = DownloadScreen(latest.wanted, latest.progress, paused=self.downloads.paused)
        self.app.push_screen(panel, self._wished)

    def _wished(self, wish: Wish | None) -> None:
        if wish is not None:
            getattr(self.downloads, wish)()

    def _show_progress(self, progress: Progress | None) -> None:
        from llamachat.tui.screens.download import DownloadScreen

        above = self.app.screen
        if not isinstance(above, DownloadScreen):
            self.query_one(DownloadLine).show_progress(progress)
        elif progress is not None:
            above.show(progress)  # alone: what changes below it would be drawn through it, 20 ms
        else:
            above.dismiss(None)
            self.query_one(DownloadLine).show_progress(None)

    def on_downloads_progressed(self, event: Downloads.Progressed) -> None:
        if self.downloads.busy:
            self._show_progress(event.progress)

    def on_downloads_arrived(self, event: Downloads.Arrived) -> None:
        self._show_progress(None)
        here = f"{event.wanted.words} is here, verified."
        if event.path == self.desk.model and self.host.engine is None:
            self.say(here)
            self.query_one(LivePanel).show_loading(0.0)
            self.host.open(self.desk.options)  # stops nothing: what was said waits for it
        elif event.use:
            self.say(f"{here} {_remember(event.path)}".rstrip())
            self.desk.use_model(event.path)
        else:
            name = event.wanted.name if event.wanted.entry else model_stem(event.path)
            self.say(f"{here} Use it: /model {name}")

    def on_downloads_ended(self, event: Downloads.Ended) -> None:
        from llamachat.models.control import Cancelled

        self._show_progress(None)
        again = f"/download {event.wanted.name}"
        if self.awaits_model:
            hint = f"{event.error.hint}\nAgain: {again}. Another model: /model".lstrip()
            self.host.give_up(LlamaChatError(event.error.message, hint))
        elif isinstance(event.error, Cancelled):
            self.say(f"{event.error.message} What is here is kept: {again}")
        else:
            raise event.error  # told in the chat, as every error is

    def on_download_line_pressed(self) -> None:
        self.show_download()

    def action_download(self) -> None:
        self.show_download()

    def on_unmount(self) -> None:
        self.downloads.cancel()


def _remember(path: Path) -> str:
    """The first model that somebody gets is the one of every start; another choice stays."""
    from llamachat.config.reading import load_config
    from llamachat.config.writing import write_values

    if load_config().model is not None:
        return ""
    write_values({"model": str(path)})
    return "Every start takes it from now on."
