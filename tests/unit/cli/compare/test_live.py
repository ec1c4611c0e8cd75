"""The table that fills in: drawn over itself where that is possible, lines elsewhere."""

import errno
import io
import sys
from dataclasses import replace

import pytest

from llamachat.cli.compare.live import Live
from llamachat.compare.figures import Comparison, Row
from tests.unit.compare.samples import BIG, SMALL

EMPTY = Comparison((Row(BIG.subject), Row(SMALL.subject)), 0)
MEASURED = replace(EMPTY, rows=(BIG, Row(SMALL.subject)))


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """In the test itself: pytest puts its own standard error back between fixtures and test."""
    found = Screen()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "24")
    return found


def test_a_terminal_gets_a_table_that_is_drawn_over_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = shown(monkeypatch)
    live = Live(lambda line: None)
    live(EMPTY, "F16: loading")
    first = screen.getvalue()
    assert first.count("\n") == 4
    assert "F16: loading" in first
    live(MEASURED, "")
    again = screen.getvalue().removeprefix(first)
    assert again.startswith("\x1b[4A\r")
    assert "5.8000" in again


def test_words_alone_are_not_drawn_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = shown(monkeypatch)
    live = Live(lambda line: None)
    live(EMPTY, "F16: loading 1%")
    before = screen.getvalue()
    live(EMPTY, "F16: loading 2%")
    assert screen.getvalue() == before


def test_what_was_drawn_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = shown(monkeypatch)
    live = Live(lambda line: None)
    live(EMPTY, "")
    live.close()
    assert screen.getvalue().endswith("\x1b[4A\r\x1b[J")
    live.close()


def test_no_line_of_a_model_reaches_the_terminal_as_an_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = shown(monkeypatch)
    Live(lambda line: None)(EMPTY, SMALL.subject.label)
    assert "\x1b[31m" not in screen.getvalue()


def test_a_low_terminal_is_not_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = shown(monkeypatch)
    monkeypatch.setenv("LINES", "4")
    Live(lambda line: None)(EMPTY, "")
    assert screen.getvalue().count("\n") <= 3


def test_a_log_gets_each_figure_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    said: list[str] = []
    live = Live(said.append)
    live(EMPTY, "F16: loading")
    live(MEASURED, "")
    live(MEASURED, "")
    assert said[0] == "F16: size 13 GB, bits 16.00"
    assert said[2] == (
        "F16: load 6.50 s, memory 14 GB, PPL 5.8000, decode 2.50 t/s at depth 0, "
        "prefill 20.2 and decode 2.25 t/s at depth 512, answer 1"
    )
    assert len(said) == 3


def test_a_log_gets_a_line_for_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    said: list[str] = []
    live = Live(said.append)
    live(EMPTY, "")
    for depths in range(1, len(BIG.depths) + 1):
        row = replace(EMPTY.rows[0], depths=BIG.depths[:depths])
        live(replace(EMPTY, rows=(row, EMPTY.rows[1])), "")
    assert said[2:] == [
        "F16: decode 2.50 t/s at depth 0",
        "F16: prefill 20.2 and decode 2.25 t/s at depth 512",
    ]


def test_a_log_hears_of_a_long_step_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    now = [0.0]
    monkeypatch.setattr("llamachat.cli.compare.live.time.monotonic", lambda: now[0])
    said: list[str] = []
    live = Live(said.append)
    live(EMPTY, "")
    for second in range(100):
        now[0] = float(second)
        live(EMPTY, f"F16: perplexity, chunk {second} of 100")
    assert said[2:] == [f"F16: perplexity, chunk {second} of 100" for second in (30, 60, 90)]


def test_a_terminal_that_is_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Screen):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    shown(monkeypatch)
    monkeypatch.setattr(sys, "stderr", Gone())
    live = Live(lambda line: None)
    live(EMPTY, "F16: loading")
    live(MEASURED, "")
    live.close()
