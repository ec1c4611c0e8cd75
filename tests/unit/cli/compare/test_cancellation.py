"""A request to stop ends what is being done, and nothing else is begun."""

import pytest

from llamachat.cli.compare.cancellation import Cancellation, Cancelled
from llamachat.errors import EngineDied


def test_nothing_happens_where_nobody_asks() -> None:
    cancel, stopped = Cancellation(), list[str]()
    with cancel.aimed(lambda: stopped.append("x")):
        pass
    cancel.check()
    assert stopped == []


def test_a_request_stops_what_is_being_done() -> None:
    cancel, stopped = Cancellation(), list[str]()
    with pytest.raises(Cancelled), cancel.aimed(lambda: stopped.append("x")):
        cancel()
    assert stopped == ["x"]


def test_nothing_is_begun_after_a_request() -> None:
    cancel = Cancellation()
    cancel()
    with pytest.raises(Cancelled), cancel.aimed(lambda: None):
        pytest.fail("begun")


def test_what_dies_of_the_request_was_cancelled() -> None:
    cancel = Cancellation()
    with pytest.raises(Cancelled), cancel.aimed(lambda: None):
        cancel()
        raise EngineDied("killed")


def test_what_dies_by_itself_says_so() -> None:
    with pytest.raises(EngineDied), Cancellation().aimed(lambda: None):
        raise EngineDied("killed")
