"""The panel of a transfer: what is fetched from where, how far it is, pause, go on, cancel.

Closing it changes nothing: the transfer and the chat go on. Knows nothing of networks.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from llamachat.models.fetch.progress import Progress
from llamachat.models.fit import gigabytes
from llamachat.models.wanted import Wanted
from llamachat.sanitize import one_line
from llamachat.tui.screens.dialog import Dialog
from llamachat.tui.screens.visuals import Terms
from llamachat.tui.widgets.download_text import figures, state_of
from llamachat.tui.widgets.panel_text import bar

WIDTH = 60
Wish = Literal["pause", "resume", "cancel"]


class DownloadScreen(Dialog[Wish]):
    """Dismisses with what is wanted of the transfer, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p,space", "pause", "Pause", id="download.pause", tooltip="Close the connection"),
        Binding("p,space", "resume", "Go on", id="download.resume", tooltip="Where it stopped"),
        Binding("c,delete", "cancel", "Cancel", id="download.cancel", tooltip="Keep what is here"),
    ]
    heading = "Fetching a model"

    def __init__(self, wanted: Wanted, progress: Progress, *, paused: bool) -> None:
        super().__init__()
        self._wanted = wanted
        self._progress = progress
        self._paused = paused

    def body(self) -> ComposeResult:
        wanted = self._wanted
        size = gigabytes(wanted.size) if wanted.size else ""
        licence = wanted.entry.licence if wanted.entry else ""
        verified = "when it is here, by its structure: nobody says its SHA-256"
        if wanted.sha256:
            verified = f"while it arrives, against the SHA-256 {wanted.sha256[:16]}…"
        rows = {
            "Model": wanted.words,
            "From": wanted.source,
            "File": ", ".join(filter(None, (wanted.file, size, licence))) or "not known yet",
            "Verified": verified,
        }
        terms = [
            (Content.styled(name, ".dialog--dim"), Content(one_line(text)))
            for name, text in rows.items()
        ]
        yield Static(Terms(terms), classes="download-facts")
        yield Static("", classes="download-progress", markup=False)

    def on_mount(self) -> None:
        self.show(self._progress)

    def show(self, progress: Progress) -> None:
        """A later moment of the transfer."""
        self._progress = progress
        full, rest = bar(progress.fraction, WIDTH)
        words = ", ".join(filter(None, (*figures(progress), state_of(progress))))
        self.query_one(".download-progress", Static).update(
            Content.assemble(
                (full[0], ".dialog--good"), (rest[0], ".dialog--dim"),
                f"  {int(progress.fraction * 100)} %\n{words}",
            ),
            layout=False,  # 20 ms each, and it has room for two lines
        )  # fmt: skip

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pause and go on share a key."""
        if action in ("pause", "resume"):
            return self._paused == (action == "resume")
        return super().check_action(action, parameters)

    def action_pause(self) -> None:
        self.dismiss("pause")

    def action_resume(self) -> None:
        self.dismiss("resume")

    def action_cancel(self) -> None:
        self.dismiss("cancel")
