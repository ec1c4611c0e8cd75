"""An app with nothing but text and the live panel, and figures to show on it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

import llamachat.tui
from llamachat.chat.meter import Figures
from llamachat.engine.base import Memory
from llamachat.engine.scripted import ScriptedEngine
from llamachat.hardware.memory import MemoryState
from llamachat.tui.widgets.panel import LivePanel

GIB = 2**30
CPU = (
    "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | FMA = 1 | AVX512 = 1 | AVX512_VNNI = 1 | AMX_INT8 = 1 |"
)
BOB = replace(
    ScriptedEngine(["x"], n_ctx=2048).info,
    name="Bob", ftype="Q8_0", threads=2, threads_batch=4, rung="fast", system_info=CPU,
    memory=Memory(4 * GIB, GIB, 160 << 20, 0),
)  # fmt: skip
WRITING = Figures(
    "writing", 900, 900, 512, 42.13, None, 0.42, 7.12, 6.94, (1.0, 4.0, 8.0), 128, 1028, 2048,
    memory=Memory(4 * GIB, GIB, 160 << 20, 5 * GIB),
)  # fmt: skip
READING = Figures("reading", 700, 900, 500, 40.0, 24.2, n_ctx=2048, context_used=900)
SYSTEM = MemoryState(64 * GIB, 20 * GIB, 0, 0, 16 * GIB, 10 * GIB, 2 * GIB)


class PanelApp(App[None]):
    CSS_PATH = Path(llamachat.tui.__file__).parent / "styles" / "panel.tcss"
    CSS = "Static { width: 1fr; height: 1fr; }"

    def __init__(self, form: str = "", read: Callable[[], MemoryState] | None = None) -> None:
        super().__init__()
        self.panel = LivePanel(read, classes=form)

    def compose(self) -> ComposeResult:
        with Vertical() if self.panel.has_class("-line") else Horizontal():
            yield Static("words")
            yield self.panel


def screen(panel: LivePanel) -> list[str]:
    """The lines as they are painted, not as they are meant."""
    return [panel.render_line(y).text for y in range(panel.size.height)]


def row(panel: LivePanel, label: str) -> str:
    """The only line with this label, without its padding."""
    [line] = [line for line in screen(panel) if line.strip().startswith(label)]
    return " ".join(line.split())
