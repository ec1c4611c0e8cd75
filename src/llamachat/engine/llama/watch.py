"""How far a batch is, while it is being evaluated.

512 tokens of a 7B model take ten seconds and more on two cores, and llama.cpp says nothing until
the batch is done; smaller batches would cost speed. But it asks before each node of the compute
graph whether to stop, so counting the questions tells how far it is. The batch runs in a thread of
its own, its count is read four times a second. Only for large batches: counting takes the GIL.
The thread ends with its batch, so that no idle team of OpenMP threads slows the tokens after it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator
from concurrent.futures import Future
from threading import Thread
from typing import Any

from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.openmp import release_team

INTERVAL = 0.25
"""seconds between two looks at the count: each takes a core from the batch for a moment (ten looks
a second cost 1 % of a prefill on two cores)"""

NODES_PER_LAYER = 17
"""questions per layer, a first guess (16.6 counted for the 7B); a batch gives it exactly"""


class BatchWatch:
    """Evaluates batches of one context in a thread, and reports their progress.

    Args:
        context: llama.cpp's context.
        stop: the abort flag, a C string: empty = go on.
        fast_check: the abort check to put back afterwards, with its data.
    """

    def __init__(
        self, context: Any, stop: ctypes.Array[ctypes.c_char], fast_check: Any, n_layer: int
    ) -> None:
        self._library = bindings()
        self._context = context
        self._stop = stop
        self._fast_check = fast_check
        self._expected = max(1, n_layer * NODES_PER_LAYER)
        self._seen = 0
        self._counting_check = self._library.ggml_abort_callback(self._count)

    def run(self, evaluate: Callable[[], bool]) -> Generator[float, None, bool]:
        """Yield the share of the batch that is done, 0 to 1; return what `evaluate` returned."""
        self._seen = 0
        self._set_check(self._counting_check)
        release_team()
        future: Future[bool] = Future()
        thread = Thread(target=_fulfil, args=(future, evaluate), name="llamachat-prefill")
        try:
            thread.start()
            while not _finished(future):
                yield min(self._seen / self._expected, 0.99)
            done = future.result()
            if done:
                self._expected = self._seen or self._expected
            return done
        finally:
            if not future.cancel() and not future.done():
                # The reader left: stop the batch before anything else moves.
                self._stop[0] = b"\1"
                future.exception()
            if thread.ident is not None:
                thread.join()
            self._set_check(self._fast_check)

    def _count(self, _data: object) -> bool:
        self._seen += 1
        return self._stop.raw[0] != 0

    def _set_check(self, check: Any) -> None:
        data = ctypes.cast(self._stop, ctypes.c_void_p)
        self._library.llama_set_abort_callback(self._context, check, data)


def _fulfil(future: Future[bool], evaluate: Callable[[], bool]) -> None:
    """Evaluate, unless nobody wants it any more: Ctrl+C may come while the thread is started."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(evaluate())
    except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
        future.set_exception(error)


def _finished(future: Future[bool]) -> bool:
    try:
        future.exception(timeout=INTERVAL)
    except TimeoutError:
        return False
    return True
