"""The pause between two frames follows from what frames cost, and from what there is to draw."""

import pytest

from llamachat.tui.frame_pace import FAST_SHARE, FASTEST, FLOWING, SHARE, SLOWEST, FramePace


def pause(cost: float, rate: float) -> float:
    """After ten seconds of such frames from a model that writes so many tokens a second."""
    pace, at = FramePace(), 0.0
    while at < 10.0:
        elapsed = max(pace.pause, 1 / rate)
        pace.spent(cost, round(rate * elapsed), elapsed)
        at += elapsed
    return pace.pause


def test_cheap_frames_come_as_fast_as_the_eye_wants() -> None:
    assert pause(0.0001, 7) == FASTEST


@pytest.mark.parametrize("cost", [0.001, 0.002, 0.004])  # the last draws several pieces at once
def test_dear_frames_stay_within_their_share(cost: float) -> None:
    assert cost / pause(cost, 7) == pytest.approx(SHARE, rel=0.01)


@pytest.mark.parametrize("cost", [0.0005, 0.003, 0.0039])
def test_a_fast_model_is_seen_to_flow(cost: float) -> None:
    assert pause(cost, 600) == FLOWING == 0.2


@pytest.mark.parametrize("cost", [0.005, 0.009])
def test_a_fast_model_has_a_share_too(cost: float) -> None:
    assert cost / pause(cost, 600) == pytest.approx(FAST_SHARE, rel=0.01)


@pytest.mark.parametrize("rate", [7, 600])
def test_the_screen_never_stands_still(rate: float) -> None:
    assert pause(3.0, rate) == SLOWEST
