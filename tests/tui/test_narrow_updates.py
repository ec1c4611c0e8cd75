"""What is drawn of a change is what Textual itself has there, whatever has changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
from rich.console import Console
from rich.style import Style
from textual._compositor import Compositor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from llamachat.tui.narrow_updates import NarrowCompositor, Pieces
from tests.tui.pictures import CAPITALS, ready, studio

Render = Callable[[Region], list[Strip]]
Cells = dict[tuple[int, int], tuple[str, Style | None]]

WIDE = "日本の首都はどこですか。👩‍👩‍👧 " * 9


def some_regions(size: Size) -> set[Region]:
    """One to three places of the screen."""
    regions = set()
    for _ in range(random.randint(1, 3)):
        x, y = random.randrange(size.width), random.randrange(size.height)
        width, height = random.randint(1, size.width - x), random.randint(1, size.height - y)
        regions.add(Region(x, y, width, height))
    return regions


def cells(x: int, y: int, strip: Strip) -> Cells:
    """What each cell of a piece shows; the second half of a wide character as well."""
    singles = [strip.crop(at, at + 1) for at in range(strip.cell_length)]
    return {
        (y, x + at): next(((s.text, s.style) for s in single if s.text), ("", None))
        for at, single in enumerate(singles)
    }


def whole(compositor: Compositor) -> Cells:
    """The screen as Textual draws it."""
    screen: Cells = {}
    for y, strip in enumerate(compositor.render_strips()):
        screen |= cells(0, y, strip)
    return screen


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_an_update_of_any_places_writes_what_textual_would(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with studio(monkeypatch) as opened:
        app = opened.app(CAPITALS)
        async with app.run_test(size=size, notifications=True) as pilot:
            await ready()(pilot)
            app.chat_screen.composer.insert(WIDE)
            app.notify("In front of it all", timeout=60)
            await pilot.pause()
            compositor = app.chat_screen._compositor
            assert isinstance(compositor, NarrowCompositor)
            screen = whole(compositor)
            for seed in range(60):
                random.seed(seed)
                regions = some_regions(compositor.size)
                drawn: Cells = {}
                for piece in compositor.pieces(regions):
                    drawn |= cells(*piece)
                assert drawn.items() <= screen.items()
                for part in regions:
                    lines = part.line_range
                    assert {(y, x) for y in lines for x in part.column_range} <= drawn.keys()


def test_a_piece_is_written_where_it_belongs() -> None:
    update = Pieces([(4, 2, Strip.blank(3)), (0, 9, Strip.blank(1))])
    assert update.render_segments(Console()) == "\x1b[3;5H   \x1b[10;1H "


async def test_a_word_of_an_answer_has_nobody_else_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    with studio(monkeypatch) as opened:
        app = opened.app(CAPITALS)
        async with app.run_test(size=(120, 36)) as pilot:
            await ready()(pilot)
            transcript = app.chat_screen.transcript
            compositor = app.chat_screen._compositor
            asked: list[tuple[Widget, int]] = []

            def note(widget: Widget, render: Render, crop: Region) -> list[Strip]:
                asked.append((widget, crop.height))
                return render(crop)

            for widget in compositor.visible_widgets:
                noted = partial(note, widget, widget.render_lines)
                monkeypatch.setattr(widget, "render_lines", noted)
            compositor._dirty_regions = {Region(0, 5, transcript.room, 2)}
            compositor.render_update()
            assert asked == [(transcript, 2)]
