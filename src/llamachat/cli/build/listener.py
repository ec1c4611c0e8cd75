"""Whoever reads the progress of a build may be killed; then nobody wants the model.

While weights are fetched minutes may pass between two lines, so that a write which fails comes too
late: the system is asked to tell when the other end of the pipe is gone. Knows nothing of builds.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading


def end_with_listener() -> threading.Event:
    """Send SIGTERM to this process once nobody can read its standard error any more.

    What is returned is set then.
    """
    gone = threading.Event()
    try:
        file = sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # there is none, or it is no file
        return gone
    threading.Thread(target=_wait, args=(file, gone), name="listener", daemon=True).start()
    return gone


def _wait(file: int, gone: threading.Event) -> None:
    poll = select.poll()
    poll.register(file, 0)  # errors and a hang-up are told unasked
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll()):
        gone.set()
        os.kill(os.getpid(), signal.SIGTERM)
