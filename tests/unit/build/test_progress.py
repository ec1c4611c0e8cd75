"""Progress is what was done, how fast, and what is left."""

from llamachat.build.progress import Meter, Progress


def test_rate_and_time_left_follow_from_what_was_done() -> None:
    progress = Progress("output.weight", done=30, total=90, seconds=10.0)
    assert progress.rate == 3.0
    assert progress.eta == 20.0


def test_nothing_is_promised_before_anything_was_done() -> None:
    progress = Progress("", done=0, total=90, seconds=0.0)
    assert progress.rate == 0.0
    assert progress.eta is None


def test_a_meter_adds_up() -> None:
    meter = Meter(100)
    meter.begin("blk.0.attn_q.weight")
    meter.add(30)
    meter.add(12)
    progress = meter.read()
    assert (progress.tensor, progress.done, progress.total) == ("blk.0.attn_q.weight", 42, 100)
    assert progress.seconds >= 0
