"""The live panel: a side panel, or one line where the class `-line` is set, or nothing (`-off`).

Told what happens, it repaints the lines whose text has changed and nothing else: no layout, no
animation, while an answer streams at most a handful of lines (measured by `scripts/bench`). Its
only timer reads the system's memory every two seconds while it can be seen. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar, get_args

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from llamachat.chat.meter import Figures
from llamachat.engine.base import EngineInfo
from llamachat.hardware.memory import MemoryState
from llamachat.tui.widgets.panel_facts import EngineState, PanelFacts, instruction_sets
from llamachat.tui.widgets.panel_full import TOOLTIPS, full_lines
from llamachat.tui.widgets.panel_line import TOOLTIP, one_line_form
from llamachat.tui.widgets.panel_text import Line, Look

SYSTEM_PERIOD = 2.0
"""seconds between two readings of the system's memory, 0.4 ms each"""

FULL_WIDTH, FULL_HEIGHT = 60, 100
"""enough for every line of it"""

LOOKS: tuple[Look, ...] = get_args(Look)


class LivePanel(Widget):
    """`read_system` tells the system's memory (`hardware.memory.read_memory`)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"live-panel--{look}" for look in LOOKS}
    ALLOW_SELECT = False

    engine: reactive[EngineState] = reactive[EngineState]("loading", repaint=False)
    """what the engine is doing; `show` keeps it up to date while it answers"""

    def __init__(
        self,
        read_system: Callable[[], MemoryState] | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._read_system = read_system
        self._facts = PanelFacts()
        self._lines: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._looks: dict[Look, Style] = {}

    def show(self, figures: Figures) -> None:
        """What the meter says now."""
        self._facts = replace(self._facts, figures=figures)
        if figures.state != "idle":
            self._facts = replace(self._facts, draft=(0, 0))
            self.engine = figures.state
        elif self.engine in ("reading", "writing"):
            self.engine = "idle"
        self._redraw()

    def show_draft(self, ready: int, total: int) -> None:
        """So many tokens of what is being written are evaluated already."""
        self._facts = replace(self._facts, draft=(ready, total))
        self._redraw()

    def show_measuring(self, measuring: bool) -> None:
        """Whether it is being found out which settings are fastest here."""
        self._facts = replace(self._facts, measuring=measuring)
        self._redraw()

    def show_loading(self, fraction: float) -> None:
        """This part of the model is loaded."""
        self._facts = replace(self._facts, loaded=fraction)
        self.engine = "loading"
        self._redraw()

    def set_info(self, info: EngineInfo) -> None:
        """The model is there."""
        known = self._facts.figures
        figures = replace(known, n_ctx=known.n_ctx or info.n_ctx, memory=info.memory)
        self._facts = replace(self._facts, info=info, sets=instruction_sets(info), figures=figures)
        if self.engine == "loading":
            self.engine = "idle"
        self._redraw()

    def restarted(self, word: str = "") -> None:
        """The engine died and is there again; the next answer clears it."""
        self.engine = "restarted"
        self._facts = replace(self._facts, word=word)
        self._redraw()

    def failed(self, word: str) -> None:
        """There is no engine, and this is why, in a word or two."""
        self.engine = "failed"
        self._facts = replace(self._facts, word=word)
        self._redraw()

    def show_system(self, state: MemoryState) -> None:
        """Memory of the machine now."""
        self._facts = replace(self._facts, system=state)
        self._redraw()

    def watch_engine(self, state: EngineState) -> None:
        self._facts = replace(self._facts, engine=state, word="")
        self._redraw()

    @property
    def text(self) -> str:
        """What can be read on it now."""
        return "\n".join("".join(text for text, _ in line.spans) for line in self._lines)

    @property
    def full_text(self) -> str:
        """All that the side panel could say, whatever form it has now."""
        lines = full_lines(self._facts, FULL_WIDTH, FULL_HEIGHT)
        return "\n".join("".join(text for text, _ in line.spans).rstrip() for line in lines)

    def on_mount(self) -> None:
        if self._read_system is not None:
            self._timer = self.set_interval(SYSTEM_PERIOD, self._look_at_system, pause=True)

    def on_show(self) -> None:
        if self._read_system is not None:
            self._look_at_system()
            self._timer.resume()

    def on_hide(self) -> None:
        if self._read_system is not None:
            self._timer.pause()

    def on_resize(self) -> None:
        self._lines = self._wanted(*self.size)
        self._strips.clear()
        self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The tooltip is that of the section below the pointer."""
        line = self._lines[event.y] if event.y < len(self._lines) else Line()
        tooltip = TOOLTIP if line.section == "line" else TOOLTIPS.get(line.section)
        if tooltip != self.tooltip:
            self.tooltip = tooltip

    def notify_style_update(self) -> None:
        self._looks.clear()
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            spans = self._lines[y].spans if y < len(self._lines) else ()
            segments = [Segment(text, self._style(look)) for text, look in spans if text]
            strip = Strip(segments).adjust_cell_length(self.size.width, self._style("text"))
            self._strips[y] = strip
        return strip

    def _look_at_system(self) -> None:
        if self._read_system is not None and self.screen.is_current:
            self.show_system(self._read_system())

    def _wanted(self, width: int, height: int) -> list[Line]:
        if self.has_class("-line"):
            return one_line_form(self._facts, width)
        return full_lines(self._facts, width, height)

    def _redraw(self) -> None:
        """Repaint the lines that say something new, neighbours together."""
        width, height = self.size
        if not width or not height:
            return
        lines, old = self._wanted(width, height), self._lines
        self._lines = lines
        count = max(len(lines), len(old))
        changed = [y for y in range(count) if lines[y : y + 1] != old[y : y + 1]]
        for y in changed:
            self._strips.pop(y, None)
        if changed:
            self.refresh(*(Region(0, top, width, end - top) for top, end in _runs(changed)))

    def _style(self, look: Look) -> Style:
        if look not in self._looks:
            self._looks[look] = self.get_component_rich_style(f"live-panel--{look}")
        return self._looks[look]


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """[1, 2, 5] → [(1, 3), (5, 6)]"""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs
