"""The light scroll bar is Textual's in every cell."""

from __future__ import annotations

import random

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget

from llamachat.tui.widgets.scroll_bar import LightScrollBar


class BarApp(App[None]):
    CSS = "LightScrollBar { width: 2; height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield LightScrollBar(thickness=2)


def cells(strips: list[Strip]) -> list[list[object]]:
    """Character, style and what a click does, of every cell."""
    singles = [[strip.crop(at, at + 1) for at in range(strip.cell_length)] for strip in strips]
    return [
        [(s.text, s.style, s.style and s.style.meta) for strip in line for s in strip]
        for line in singles
    ]


async def test_it_looks_like_textuals() -> None:
    app = BarApp()
    async with app.run_test(size=(2, 31)):
        bar = app.query_one(LightScrollBar)
        random.seed(3)
        for _ in range(200):
            total = random.randint(1, 400)
            bar.set_reactive(ScrollBar.window_virtual_size, total)
            bar.set_reactive(ScrollBar.window_size, 31)
            bar.set_reactive(ScrollBar.position, random.random() * max(total - 31, 0))
            bar.mouse_over = random.random() < 0.5
            bar.refresh()
            y = random.randrange(31)
            crop = Region(0, y, 2, random.randint(1, 31 - y))
            assert cells(bar.render_lines(crop)) == cells(Widget.render_lines(bar, crop))
