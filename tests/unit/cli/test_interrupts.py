"""Signals take effect at once, whatever the main thread is doing."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

from llamachat.cli.interrupts import Interrupts


def test_signal_cancels_while_the_main_thread_is_inside_c() -> None:
    cancelled_at: list[float] = []
    with Interrupts() as interrupts:
        interrupts.aim(lambda: cancelled_at.append(time.monotonic()))
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        hashlib.pbkdf2_hmac("sha256", b"x", b"x", 1_500_000)  # some tenths of a second in C
        returned_at = time.monotonic()
        timer.join()
    assert interrupts.received == signal.SIGINT
    assert interrupts.exit_code == 130
    assert cancelled_at[0] < returned_at


def test_signal_that_came_before_the_aim_is_not_lost() -> None:
    hits: list[str] = []
    with Interrupts() as interrupts:
        interrupts.aim(lambda: hits.append("first"))
        os.kill(os.getpid(), signal.SIGTERM)
        deadline = time.monotonic() + 5
        while not hits and time.monotonic() < deadline:
            time.sleep(0.01)
        interrupts.aim(lambda: hits.append("second"))
    assert hits == ["first", "second"]
    assert interrupts.exit_code == 143


def test_former_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert signal.set_wakeup_fd(-1) == -1


LEAVING = """
import hashlib, sys
from llamachat.cli.interrupts import Interrupts
with Interrupts() as interrupts:
    if sys.argv[1] == "aimed":
        interrupts.aim(lambda: print("cancelled", flush=True))
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"x", b"x", 2_000_000_000)
"""


def leaving(how: str, signals: int) -> tuple[int, list[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", LEAVING, how], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        for count in range(signals):
            process.send_signal(signal.SIGINT)
            if count + 1 < signals:
                lines.append(process.stdout.readline())
        return process.wait(timeout=10), lines


def test_second_signal_leaves_at_once() -> None:
    assert leaving("aimed", 2) == (130, ["ready\n", "cancelled\n"])


def test_signal_with_nothing_to_cancel_leaves_at_once() -> None:
    assert leaving("unaimed", 1) == (130, ["ready\n"])


def test_a_terminal_that_is_closed_cancels_where_that_is_wanted() -> None:
    cancelled, before = threading.Event(), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with Interrupts(hangup=True), Interrupts() as interrupts:
            interrupts.aim(cancelled.set)
            os.kill(os.getpid(), signal.SIGHUP)
            assert cancelled.wait(5)
        assert interrupts.exit_code == 129
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_nohup_is_heeded() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts(hangup=True):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
