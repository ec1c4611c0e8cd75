"""CPU time that single widgets cost while an answer streams: milliseconds of this process.

    python -m scripts.bench.ui_widgets [--updates 300] [--rounds 5]

Each widget stands in an app of 120 × 40 (the one-line panel in 80 × 24) and is updated with
something new every time. The time counts all that the process computes until the repaint is
written, escape sequences included; the same loop without the update is taken off. Medians over the
rounds. "Floor" is what Textual itself takes to repaint one unchanged line of the panel; "beside a
repaint" is what the panel adds to a frame in which the text beside it changes anyway, as it does
while an answer streams. At 10 updates a second 1 ms is 1 % of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.widgets import Static

import llamachat.tui
from llamachat.chat.meter import Figures, Meter
from llamachat.chat.next_to_go import Turn
from llamachat.engine.base import Chunk, Prefilled
from llamachat.engine.scripted import ScriptedEngine
from llamachat.hardware.memory import read_memory
from llamachat.tui.widgets.panel import LivePanel
from scripts.bench import machine

STYLES = Path(llamachat.tui.__file__).parent / "styles"
SIDE, SMALL = (120, 40), (80, 24)
PERIOD = 0.025
"""seconds an update has to be painted in; Textual paints 60 times a second"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one update and the repaint that follows."""

    milliseconds: float
    n_bytes: float
    """written to the terminal"""


class PaintedApp(App[None]):
    """Renders what a terminal would get, and throws it away: headless apps skip that half."""

    CSS_PATH = STYLES / "panel.tcss"
    CSS = "Static { width: 1fr; height: 1fr; }"
    painted = False

    @property
    def is_headless(self) -> bool:
        return not self.painted


class PanelApp(PaintedApp):
    """A screen full of text with the live panel beside it or below it."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form

    def compose(self) -> ComposeResult:
        with Vertical() if self._form == "-line" else Horizontal():
            yield Static("words and more words " * 150)
            yield LivePanel(classes=self._form)


def writing() -> Iterator[Figures]:
    """An answer at about 15 t/s that hesitates, looked at ten times a second."""
    meter = Meter(lambda: [Turn("", 0), Turn("Hello, Bob.", 11)])
    meter.loaded(ScriptedEngine(["x"], n_ctx=16384).info)
    meter.begin(0.0)
    meter.feed(Prefilled(900, 900, 0), 0.5)
    for number in itertools.count(1):
        at = 1.0 + number / 10
        if number % 7 != 3:
            meter.feed(Chunk("x", 1 + number % 3), at)
        yield meter.figures(at)


def reading() -> Iterator[Figures]:
    """A long prompt: the bar, the counts and the ETA change."""
    meter = Meter()
    meter.loaded(ScriptedEngine(["x"], n_ctx=131072).info)
    meter.begin(0.0)
    meter.feed(Prefilled(0, 60_000, 0), 0.0)
    for number in itertools.count(1):
        meter.feed(Prefilled(37 * number, 60_000, 0), number / 10)
        yield meter.figures(number / 10)


Update = Callable[[], Awaitable[None] | None]


def nothing() -> None:
    """An update that changes nothing."""


async def cost(app: PaintedApp, update: Update, count: int, *, without: Update = nothing) -> Cost:
    """Of `count` updates, less what `without` costs; call it in a running app."""
    driver = app._driver
    assert driver is not None
    written = 0

    def write(data: str) -> None:
        nonlocal written
        written += len(data.encode())

    driver.write = write  # type: ignore[method-assign]
    app.painted = True

    async def spent(step: Update) -> float:
        started = time.process_time()
        for _ in range(count):
            waiting = step()
            if waiting is not None:
                await waiting
            await asyncio.sleep(PERIOD)
        return time.process_time() - started

    await spent(update)  # warm
    written = 0
    base, base_written = await spent(without), written
    written = 0
    busy = await spent(update)
    app.painted = False
    return Cost((busy - base) / count * 1e3, (written - base_written) / count)


async def panel_update(form: str, source: Iterator[Figures], updates: int) -> Cost:
    """One `show` of the live panel."""
    return await _with_panel(
        form, lambda app, panel: cost(app, lambda: panel.show(next(source)), updates)
    )


async def panel_floor(updates: int) -> Cost:
    """One line of the panel painted again."""

    def repaint(panel: LivePanel) -> None:
        panel.refresh(Region(0, 0, panel.size.width, 1))

    return await _with_panel("", lambda app, panel: cost(app, lambda: repaint(panel), updates))


async def panel_beside(source: Iterator[Figures], updates: int) -> Cost:
    """One `show` in a frame that is painted anyway."""

    async def measured(app: PanelApp, panel: LivePanel) -> Cost:
        text, numbers = app.query_one(Static), itertools.count()

        def flush() -> None:
            text.update(f"words {next(numbers)}", layout=False)

        def both() -> None:
            flush()
            panel.show(next(source))

        return await cost(app, both, updates, without=flush)

    return await _with_panel("", measured)


async def _with_panel(
    form: str, measured: Callable[[PanelApp, LivePanel], Awaitable[Cost]]
) -> Cost:
    app = PanelApp(form)
    async with app.run_test(size=SMALL if form == "-line" else SIDE) as pilot:
        panel = app.query_one(LivePanel)
        panel.set_info(ScriptedEngine(["x"]).info)
        panel.show_system(read_memory())
        await pilot.pause()
        return await measured(app, panel)


CASES: dict[str, Callable[[int], Awaitable[Cost]]] = {
    "floor: one line repainted": panel_floor,
    "live panel, writing": lambda n: panel_update("", writing(), n),
    "live panel, reading": lambda n: panel_update("", reading(), n),
    "live panel, writing, beside a repaint": lambda n: panel_beside(writing(), n),
    "one-line panel, writing": lambda n: panel_update("-line", writing(), n),
    "one-line panel, reading": lambda n: panel_update("-line", reading(), n),
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.ui_widgets", description=__doc__)
    parser.add_argument("--updates", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args(argv)
    before = machine.load()
    lines = ["| one update and its repaint | CPU | written |", "|---|---:|---:|"]
    for name, case in CASES.items():
        machine.say(name)
        costs = [asyncio.run(_run(case, arguments.updates)) for _ in range(arguments.rounds)]
        milliseconds = median(cost.milliseconds for cost in costs)
        n_bytes = median(cost.n_bytes for cost in costs)
        lines.append(f"| {name} | {milliseconds:.2f} ms | {n_bytes:.0f} bytes |")
    print(f"{machine.describe()}; {arguments.updates} updates, medians of {arguments.rounds};")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    print("\n".join(lines))
    return 0


async def _run(case: Callable[[int], Awaitable[Cost]], updates: int) -> Cost:
    return await case(updates)


if __name__ == "__main__":
    sys.exit(main())
