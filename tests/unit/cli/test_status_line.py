"""The status line shows up late, and leaves nothing behind."""

import errno
import io
import time

from llamachat.cli.status_line import ERASE, Prefill, StatusLine, bar


def test_quick_work_shows_nothing() -> None:
    stream = io.StringIO()
    line = StatusLine(stream, enabled=True, delay=30)
    line.update("working")
    line.clear()
    assert stream.getvalue() == ""


def test_slow_work_is_shown_and_erased() -> None:
    stream = io.StringIO()
    line = StatusLine(stream, enabled=True, delay=0)
    line.update("reading \x1b[2J")
    deadline = time.monotonic() + 5
    while not stream.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    line.update("still reading")
    line.clear()
    assert stream.getvalue() == f"{ERASE}reading ␛[2J{ERASE}still reading{ERASE}"


def test_nothing_appears_after_it_was_cleared() -> None:
    stream = io.StringIO()
    line = StatusLine(stream, enabled=True, delay=0.01)
    line.update("working")
    line.clear()
    time.sleep(0.05)
    assert stream.getvalue() == ""


def test_disabled_line_is_silent() -> None:
    stream = io.StringIO()
    line = StatusLine(stream, enabled=False, delay=0)
    line.update("working")
    time.sleep(0.02)
    line.clear()
    assert stream.getvalue() == ""


class Kept(StatusLine):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(io.StringIO(), enabled=False, delay=0)
        self.told: list[str] = []

    def update(self, text: str) -> None:
        self.told.append(text)


def test_prefill_tells_tokens_then_speed() -> None:
    line = Kept()
    progress = Prefill(line)
    progress(100, 400)
    time.sleep(0.01)
    progress(200, 400)
    progress(400, 400)
    assert line.told[0].endswith("100/400 tokens")
    assert " t/s, " in line.told[1]
    assert line.told[1].endswith("s left")
    assert len(line.told) == 2


def test_bar_fills_up() -> None:
    assert bar(0) == "[--------------------]   0%"
    assert bar(0.5) == "[##########----------]  50%"
    assert bar(2) == "[####################] 100%"


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    line = StatusLine(Gone(), enabled=True, delay=0)
    line._shown = True
    line.update("working")
    line.clear()
