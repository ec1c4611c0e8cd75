"""The pause between two frames follows from what frames cost, and from what there is to draw."""

import pytest

from llamachat.tui.frame_pace import FAST_SHARE, FASTEST, FLOWING, SHARE, SLOWEST, FramePace


def pause(cost: float, pieces: int) -> float:
    """After a while of such frames."""
    pace = FramePace()
    for _ in range(50):
        pace.spent(cost, pieces)
    return pace.pause


def test_cheap_frames_come_as_fast_as_the_eye_wants() -> None:
    assert pause(0.0001, 1) == FASTEST


@pytest.mark.parametrize("cost", [0.001, 0.003, 0.007])
def test_dear_frames_stay_within_their_share(cost: float) -> None:
    assert cost / pause(cost, 1) == pytest.approx(SHARE, rel=0.01)


@pytest.mark.parametrize("cost", [0.0005, 0.0036, 0.0049])
def test_a_fast_model_is_seen_to_flow(cost: float) -> None:
    assert pause(cost, 60) == FLOWING == 0.1


@pytest.mark.parametrize("cost", [0.006, 0.02])
def test_a_fast_model_has_a_share_too(cost: float) -> None:
    assert cost / pause(cost, 60) == pytest.approx(FAST_SHARE, rel=0.01)


@pytest.mark.parametrize("pieces", [1, 60])
def test_the_screen_never_stands_still(pieces: int) -> None:
    assert pause(3.0, pieces) == SLOWEST
