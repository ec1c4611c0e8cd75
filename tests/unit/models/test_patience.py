"""Waits grow, obey the server, and end."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from llamachat.models.patience import Patience, seconds


def test_waits_double_up_to_a_limit_and_end() -> None:
    waits = Patience(tries=7, first=1.0, longest=8.0).waits()
    found = [waits.next() for _ in range(7)]
    assert found[-1] is None
    for wait, expected in zip(found, (1, 2, 4, 8, 8, 8), strict=False):
        assert wait is not None
        assert 0.8 * expected <= wait <= 1.2 * expected


def test_success_begins_the_count_anew() -> None:
    waits = Patience(tries=2).waits()
    assert waits.next() is not None
    waits.forget()
    assert waits.next() is not None
    assert waits.next() is None


def test_a_server_may_order_a_wait_but_no_endless_one() -> None:
    waits = Patience(tries=9, ordered=60.0).waits()
    assert waits.next("42") == 42.0
    assert waits.next("61") is None


@pytest.mark.parametrize(("header", "found"), [
    ("7", 7.0), (" 0 ", 0.0), ("", None), (None, None), ("soon", None), ("-1", None),
])  # fmt: skip
def test_retry_after_is_read(header: str | None, found: float | None) -> None:
    assert seconds(header) == found


def test_retry_after_may_be_a_date() -> None:
    found = seconds(formatdate(time.time() + 30, usegmt=True))
    assert found is not None
    assert 27 < found <= 31
    assert seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
