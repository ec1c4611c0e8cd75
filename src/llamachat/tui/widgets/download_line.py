"""One line above the composer while a model is being fetched; gone otherwise.

Repaints itself at each progress it is shown, and never causes a layout but when it comes and goes.
Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from llamachat.tui.widgets.download_text import line
from llamachat.tui.widgets.panel_text import Look

if TYPE_CHECKING:
    from llamachat.models.fetch.progress import Progress

LOOKS: tuple[Look, ...] = get_args(Look)


class DownloadLine(Widget):
    """Shown where the class `-fetching` is set."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"download-line--{look}" for look in LOOKS}
    ALLOW_SELECT = False
    SIGN: ClassVar[str] = "↓"
    HINT: ClassVar[str] = "F9 pause"
    """what one can do about it"""

    class Pressed(Message):
        """Somebody wants to know more, or to stop it."""

    def __init__(self) -> None:
        super().__init__()
        self._progress: Progress | None = None

    def show_progress(self, progress: Progress | None) -> None:
        """How far it is; None where nothing is being fetched."""
        self._progress = progress
        self.set_class(progress is not None, "-fetching")
        self.refresh()

    @property
    def text(self) -> str:
        """What can be read on it."""
        return "".join(text for text, _ in self._spans())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Pressed())

    def render_line(self, y: int) -> Strip:
        segments = [Segment(text, self._style(look)) for text, look in self._spans() if text]
        return Strip(segments).adjust_cell_length(self.size.width, self._style("text"))

    def _spans(self) -> list[tuple[str, Look]]:
        if self._progress is None:
            return []
        return line(self._progress, self.HINT, self.size.width, sign=self.SIGN)

    def _style(self, look: Look) -> Style:
        return self.get_component_rich_style(f"download-line--{look}")
