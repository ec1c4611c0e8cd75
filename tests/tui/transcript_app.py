"""An app with nothing but the transcript, which keeps what the transcript asks for."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

import llamachat.tui
from llamachat.tui.rows import Row
from llamachat.tui.widgets.transcript import Transcript

ANSWER = """# Sorting

Use **sorted** or `list.sort`:

1. first
2. second
   - nested

```python
def f(x):
    return x + 1
```

| name | age |
|------|-----|
| Bob  | 3   |

> quoted
"""


class TranscriptApp(App[None]):
    CSS_PATH = Path(llamachat.tui.__file__).parent / "styles" / "transcript.tcss"
    CSS = "Input { height: 1; border: none; }"

    def __init__(self, *, markdown: bool = True) -> None:
        super().__init__()
        self.transcript = Transcript(markdown=markdown)
        self.asked: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.transcript
        yield Input()

    @on(Transcript.EditRequested)
    @on(Transcript.RegenerateRequested)
    @on(Transcript.ForkRequested)
    def _about_a_row(self, event: Transcript.RowMessage) -> None:
        self.asked.append((type(event).__name__, event.row.key))

    @on(Transcript.SiblingRequested)
    def _sibling(self, event: Transcript.SiblingRequested) -> None:
        self.asked.append((event.row.key, event.step))

    @on(Transcript.CopyRequested)
    def _copy(self, event: Transcript.CopyRequested) -> None:
        self.asked.append((event.what, event.text))

    @on(Transcript.LinkRequested)
    def _link(self, event: Transcript.LinkRequested) -> None:
        self.asked.append(event.target)

    @on(Transcript.Left)
    def _left(self) -> None:
        self.asked.append("left")


@asynccontextmanager
async def shown(
    rows: Sequence[Row] = (), *, markdown: bool = True, size: tuple[int, int] = (60, 25)
) -> AsyncIterator[tuple[TranscriptApp, Transcript, Pilot[None]]]:
    """The app running with these rows; the transcript has one line less than the screen."""
    app = TranscriptApp(markdown=markdown)
    async with app.run_test(size=size) as pilot:
        await app.transcript.show_rows(rows)
        app.transcript.focus()
        await pilot.pause()
        yield app, app.transcript, pilot


def user(key: int, text: str, *, place: int = 1, places: int = 1) -> Row:
    return Row(key, "user", "You", text, place=place, places=places)


def bob(key: int, text: str) -> Row:
    return Row(key, "assistant", "Bob", text)


def dialog(count: int) -> list[Row]:
    """Rows 0 … count-1; each names itself and has its own height."""
    return [
        (bob if key % 2 else user)(key, f"row {key}\n\n" + "words of this row " * (key * 7 % 23))
        for key in range(count)
    ]


def painted(transcript: Transcript) -> list[str]:
    """The lines as they are painted."""
    region = transcript.outer_size.region
    return [strip.text.rstrip() for strip in transcript.render_lines(region)]


def words(transcript: Transcript) -> Iterator[str]:
    """The painted lines that are not empty, without the gutter."""
    return (line[2:].strip() for line in painted(transcript) if line[2:].strip())
