"""An app with nothing but the screen under test above it, in the styles of the real one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePath
from typing import Any, ClassVar

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

import llamachat.tui

STYLES = Path(llamachat.tui.__file__).parent / "styles"


class OverlayApp(App[None]):
    """`results` has what the screen was dismissed with."""

    CSS_PATH: ClassVar[list[str | PurePath]] = sorted(STYLES.glob("*.tcss"))

    def __init__(self, overlay: Screen[Any]) -> None:
        super().__init__()
        self._overlay = overlay
        self.results: list[Any] = []

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.push_screen(self._overlay, self.results.append)


@asynccontextmanager
async def showing(
    overlay: Screen[Any], width: int = 120, height: int = 36
) -> AsyncIterator[tuple[OverlayApp, Pilot[None]]]:
    app = OverlayApp(overlay)
    async with app.run_test(size=(width, height), notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


def screen_text(app: App[Any]) -> str:
    """The screen as a person sees it."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)
