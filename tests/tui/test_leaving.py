"""How long Escape waits for the rest of a key."""

import pytest
from textual import constants

from llamachat.tui.leaving import ESCAPE_DELAY, read_escape_at_once


@pytest.fixture(autouse=True)
def textuals_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.1)
    monkeypatch.delenv("ESCDELAY", raising=False)


def test_escape_acts_before_a_quick_person_types_on() -> None:
    read_escape_at_once()
    assert constants.ESCAPE_DELAY == ESCAPE_DELAY < 0.05


def test_a_delay_of_the_person_s_own_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCDELAY", "100")
    read_escape_at_once()
    assert constants.ESCAPE_DELAY == 0.1
