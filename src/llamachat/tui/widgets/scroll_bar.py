"""A vertical scroll bar that looks and works like Textual's, and is drawn without Rich's layout.

Textual's own costs as much as forty lines of text, and moves with nearly each line of an answer.
Knows nothing of what it scrolls.
"""

from __future__ import annotations

from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip


class LightScrollBar(ScrollBar):
    """Paints one strip for each kind of cell, and repeats it."""

    def render_lines(self, crop: Region) -> list[Strip]:
        bar = self.render()
        assert isinstance(bar, ScrollBarRender)
        style = self.app.console.get_style(bar.style)
        assert style.bgcolor is not None
        assert style.color is not None
        width, height = self.size
        cells = bar.render_bar(
            size=height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=width,
            back_color=style.bgcolor,
            bar_color=style.color,
        ).segments  # one of each kind, again and again
        shown = cells[crop.y : crop.bottom]
        kinds = {id(cell): cell for cell in shown}
        base = self.visual_style.rich_style
        strips = {key: Strip([cell], width).apply_style(base) for key, cell in kinds.items()}
        for line_filter in self.get_line_filters():
            background = self.background_colors[1]
            strips = {
                key: strip.apply_filter(line_filter, background) for key, strip in strips.items()
            }
        return [strips[id(cell)].crop(*crop.column_span) for cell in shown]
