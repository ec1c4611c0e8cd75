"""The live panel's sizes and forms, its tooltips, and what it repaints."""

from dataclasses import replace
from functools import partial

import pytest
from rich.cells import cell_len
from textual.strip import Strip

from llamachat.tui.widgets.panel import LivePanel
from llamachat.tui.widgets.panel_full import TOOLTIPS
from tests.tui.dialog_host import until
from tests.tui.panel_app import BOB, READING, WRITING, PanelApp, row, screen

NAMES = [
    "通义千问七十亿参数对话模型第二版通义千问",
    "x" * 5000,
    "🦙" * 40,
    "\x1b[31mred\x07\nname",
    "e\u0301" * 90,
]


@pytest.mark.parametrize("name", NAMES, ids=["cjk", "long", "emoji", "controls", "combining"])
@pytest.mark.parametrize("form", ["", "-line"])
async def test_any_name_keeps_every_line_as_wide_as_the_panel(name: str, form: str) -> None:
    app = PanelApp(form)
    async with app.run_test(size=(100, 40)):
        app.panel.set_info(replace(BOB, name=name, ftype=name))
        app.panel.failed(name)
        app.panel.show(replace(WRITING, state="idle", warning=name, context_used=2000))
        assert "\x1b" not in app.panel.text
        for line in screen(app.panel):
            assert cell_len(line) == app.panel.size.width
        painted = [cell_len(line) for line in app.panel.text.splitlines()]
        assert max(painted) <= app.panel.size.width


async def test_a_low_panel_keeps_the_figures_that_matter_most() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 8)):
        app.panel.set_info(BOB)
        app.panel.show(READING)
        lines = screen(app.panel)
        assert len(lines) == 8
        for label in ("Reading", "Generation", "Prompt", "700 / 900", "Context", "Bob"):
            assert any(label in line for line in lines)


async def test_resizing_shows_what_there_is_room_for() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)) as pilot:
        app.panel.set_info(BOB)
        app.panel.show(WRITING)
        for size in ((40, 5), (20, 3), (200, 60)):
            await pilot.resize_terminal(*size)
            await until(pilot, partial(lambda rows: len(screen(app.panel)) == rows, size[1]))
            assert "Writing" in app.panel.text
        await until(pilot, lambda: "compute buffers" in app.panel.text)
        assert row(app.panel, "compute") == "compute buffers 160 MiB"


async def test_the_form_switches_with_a_class() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)) as pilot:
        app.panel.show(WRITING)
        app.panel.add_class("-line")
        await until(pilot, lambda: "writing" in app.panel.text)
        assert app.panel.size.height == 1
        app.panel.set_class(True, "-off")
        await pilot.pause()
        assert not app.panel.display
        app.panel.show(replace(WRITING, rate=9.9))
        app.panel.remove_class("-line", "-off")
        await until(pilot, lambda: any("Generation" in line for line in screen(app.panel)))
        assert row(app.panel, "Generation") == "Generation 9.9 t/s"


async def test_each_section_explains_itself_below_the_pointer() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)) as pilot:
        app.panel.set_info(BOB)
        app.panel.show(WRITING)
        await pilot.pause()
        seen = set()
        for label in ("Writing", "average", "first token", "1,028", "KV cache", "threads"):
            [y] = [y for y, line in enumerate(screen(app.panel)) if f" {label} " in line]
            await pilot.hover(LivePanel, (3, y))
            seen.add(str(app.panel.tooltip))
        assert seen == set(TOOLTIPS.values()) - {TOOLTIPS["server"]}


async def test_only_lines_that_say_something_new_are_painted() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)) as pilot:
        app.panel.set_info(BOB)
        app.panel.show(WRITING)
        await pilot.pause()
        labels = [line.strip().split("  ")[0] for line in screen(app.panel)]
        painted, layouts = list[int](), list[object]()
        paint = app.panel.render_line

        def noted(y: int) -> Strip:
            painted.append(y)
            return paint(y)

        app.screen.screen_layout_refresh_signal.subscribe(app.panel, layouts.append)
        app.panel.render_line = noted  # type: ignore[method-assign]
        app.panel.show(replace(WRITING, rate=7.31, generated=129))
        app.panel.show(replace(WRITING, rate=7.31, generated=129))
        await pilot.pause()
        assert [labels[y] for y in painted] == ["Writing", "Generation"]
        assert not layouts
