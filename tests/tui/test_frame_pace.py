"""The pause between two frames follows from what frames cost."""

import pytest

from llamachat.tui.frame_pace import FASTEST, MOST, SHARE, SLOWEST, FramePace


def test_cheap_frames_come_as_fast_as_the_eye_wants() -> None:
    pace = FramePace()
    for _ in range(50):
        pace.spent(0.0001)
    assert pace.pause == FASTEST


@pytest.mark.parametrize(
    ("cost", "share"), [(0.0009, SHARE), (0.0014, SHARE), (0.006, MOST), (0.02, MOST)]
)
def test_dear_frames_stay_within_their_share(cost: float, share: float) -> None:
    pace = FramePace()
    for _ in range(50):
        pace.spent(cost)
    assert cost / pace.pause == pytest.approx(share, rel=0.01)


@pytest.mark.parametrize("cost", [0.002, 0.0036, 0.005])
def test_a_fast_model_is_seen_to_flow(cost: float) -> None:
    pace = FramePace()
    for _ in range(50):
        pace.spent(cost)
    assert pace.pause == pytest.approx(0.1)


def test_the_screen_never_stands_still() -> None:
    pace = FramePace()
    for _ in range(50):
        pace.spent(3.0)
    assert pace.pause == SLOWEST
