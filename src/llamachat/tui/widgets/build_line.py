"""One line above the composer while a model is being built; gone otherwise.

A download's line with another sign: how far, how fast, how long still. Decides nothing.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events

from llamachat.tui.widgets.download_line import DownloadLine


class BuildLine(DownloadLine):
    """Shown where the class `-fetching` is set."""

    SIGN: ClassVar[str] = "+"
    HINT: ClassVar[str] = "/build cancel"

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()  # it has no panel
        event.stop()
