"""What is drawn of a change is what Textual itself would draw, whatever has changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from llamachat.tui.narrow_updates import NarrowCompositor
from tests.tui.pictures import CAPITALS, ready, studio

Render = Callable[[Region], list[Strip]]

WIDE = "日本の首都はどこですか。👩‍👩‍👧 " * 9


def some_regions(size: Size) -> set[Region]:
    """One to three places of the screen."""
    regions = set()
    for _ in range(random.randint(1, 3)):
        x, y = random.randrange(size.width), random.randrange(size.height)
        width, height = random.randint(1, size.width - x), random.randint(1, size.height - y)
        regions.add(Region(x, y, width, height))
    return regions


def cells(update: ChopsUpdate) -> list[object]:
    """Everything that the update writes, with its place."""
    found: list[object] = []
    for y, first, last in update.spans:
        for x, strip in update.chops[y].items():
            if strip is not None and first < x + strip.cell_length and x < last:
                part: Strip = strip.crop(max(first - x, 0), last - x)
                found.append((y, max(x, first), [(s.text, s.style) for s in part.simplify()]))
    return found


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
            for seed in range(60):
                random.seed(seed)
                drawn = []
                for renders in (NarrowCompositor._get_renders, Compositor._get_renders):
                    random.seed(seed)
                    compositor._dirty_regions = some_regions(compositor.size)
                    with monkeypatch.context() as patch:
                        patch.setattr(NarrowCompositor, "_get_renders", renders)
                        update = compositor.render_partial_update()
                    assert update is not None
                    drawn.append(cells(update))
                assert drawn[0] == drawn[1]
                assert drawn[0]


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
            compositor.render_partial_update()
            assert asked == [(transcript, 2)]
