"""The pause between two frames follows from what frames cost."""

import pytest

from llamachat.tui.frame_pace import FASTEST, SHARE, SLOWEST, FramePace


def test_cheap_frames_come_as_fast_as_the_eye_wants() -> None:
    pace = FramePace()
    for _ in range(50):
        pace.spent(0.0001)
    assert pace.pause == FASTEST


@pytest.mark.parametrize("cost", [0.001, 0.003, 0.007])
def test_dear_frames_stay_within_their_share(cost: float) -> None:
    pace = FramePace()
    for _ in range(50):
        pace.spent(cost)
    assert cost / pace.pause == pytest.approx(SHARE, rel=0.01)


def test_the_screen_never_stands_still() -> None:
    pace = FramePace()
    for _ in range(50):
        pace.spent(3.0)
    assert pace.pause == SLOWEST
