"""What a request to stop leaves of a measurement, taken from a scripted engine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.cli.compare.cancellation import Cancellation, Cancelled
from llamachat.cli.compare.measuring import Measuring
from llamachat.compare.figures import Comparison, Row
from llamachat.compare.settings import Settings
from llamachat.engine.scripted import ScriptedEngine
from tests.unit.compare.samples import BIG

WORDS = "the quick brown fox jumps over the lazy dog " * 20
SETTINGS = Settings(depths=(0, 40), prompts=("Why?",))

Stopped = Callable[[str], tuple[Measuring, list[str]]]


@pytest.fixture
def stopped(tmp_path: Path) -> Stopped:
    """A measurement that somebody asks to stop where it says so, and what it says."""

    def make(where: str) -> tuple[Measuring, list[str]]:
        cancel, heard = Cancellation(), list[str]()

        def show(comparison: Comparison, words: str) -> None:
            heard.append(words)
            if where in words:
                cancel()

        empty = Comparison((Row(BIG.subject),), 0)
        return Measuring(empty, SETTINGS, tmp_path, cancel, show), heard

    return make


def test_nothing_is_written_after_a_text_that_was_being_read(stopped: Stopped) -> None:
    measuring, heard = stopped("reading 40 tokens")
    with pytest.raises(Cancelled):
        measuring._measure_speed(ScriptedEngine([WORDS]))
    assert heard[-1].endswith("reading 40 tokens")
    assert [one.depth for one in measuring.comparison.rows[0].depths] == [0]


def test_an_answer_that_was_cut_off_is_none(stopped: Stopped) -> None:
    measuring, _ = stopped("answering prompt 1")
    with pytest.raises(Cancelled):
        measuring._ask(ScriptedEngine(["Because."]))
    assert measuring.comparison.rows[0].answers == ()
