"""Carries out a plan: one pass over the source, all outputs at once, threads that own whole blocks.

Each thread reads a run of rows, quantizes it and writes it where it belongs, so that reading,
computing and writing overlap without queues. A thread of its own keeps asking the disk to take what
was written, or the last sync would wait for all of it. Outputs appear under their names together,
when all are whole. Knows nothing of formats and of the command line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import islice

from llamachat.build.block_work import BlockWorker, row_blocks
from llamachat.build.output_file import OutputFile, make_room, verify_all
from llamachat.build.plan import Plan
from llamachat.build.progress import BuildCancelled, Meter, Progress
from llamachat.hardware.cores import default_threads, read_cores

BLOCK_WEIGHTS = 1 << 22
"""8 MB as f16: large enough for a disk, small enough for a few threads' memory"""
_ALL_WEIGHTS = 1 << 24
"""in the blocks of all threads together: more threads take smaller ones"""
_LEAST_WEIGHTS = 1 << 18
_BLOCKS_AHEAD = 4
"""blocks that are being read while others are computed"""
_BETWEEN_REPORTS = 0.1
_BETWEEN_FLUSHES = 1.0


def run(
    plan: Plan,
    *,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: threading.Event | None = None,
    before_naming: Callable[[], object] | None = None,
) -> tuple[str, ...]:
    """Write every output of the plan, or none; returns the SHA-256 of each.

    Args:
        on_progress: called in this thread, at most ten times a second and once at the end.
        cancel: set by any thread to stop within a block.
        before_naming: called when all files are whole; what it raises ends the build.

    Raises:
        BuildCancelled: `cancel` was set.
        LlamaChatError: the disk is full or refuses, or a weight cannot be quantized.
    """
    make_room(plan.outputs)
    cancel = cancel or threading.Event()
    files: list[OutputFile] = []
    try:
        for output in plan.outputs:
            files.append(OutputFile(output))
        _Crew(plan, files).work(on_progress, cancel)
        hashes = verify_all(files, on_progress, cancel)
        if before_naming is not None:
            before_naming()
        for file in files:
            file.publish()
    finally:
        for file in files:
            file.discard()
    return hashes


def thread_count(asked: int) -> int:
    """The threads of a pass: as many as asked for, or as this process may use."""
    return asked or default_threads(read_cores())


def block_weights(threads: int) -> int:
    """Weights in a block of each thread."""
    return max(_LEAST_WEIGHTS, min(BLOCK_WEIGHTS, _ALL_WEIGHTS // threads))


class _Crew:
    """The threads of one pass and what they share."""

    def __init__(self, plan: Plan, files: Sequence[OutputFile]) -> None:
        self._files = files
        self._threads = thread_count(plan.recipe.threads)
        size = block_weights(self._threads)
        self._meter = Meter(sum(block.n_bytes for block in row_blocks(plan, size)))
        self._blocks = row_blocks(plan, size)
        self._ahead = islice(row_blocks(plan, size), self._threads + _BLOCKS_AHEAD, None)
        self._taking = threading.Lock()
        self._stop = threading.Event()
        self._errors: list[BaseException] = []

    def work(
        self, on_progress: Callable[[Progress], object] | None, cancel: threading.Event
    ) -> None:
        """Do all blocks; returns when every thread has ended, whatever happens."""
        workers = [
            threading.Thread(target=self._guarded, args=(self._build,), name=f"build-{number}")
            for number in range(self._threads)
        ]
        flusher = threading.Thread(target=self._guarded, args=(self._flush,), name="build-flush")
        try:
            for thread in (*workers, flusher):
                thread.start()
            for worker in workers:
                while worker.is_alive():
                    worker.join(_BETWEEN_REPORTS)
                    if cancel.is_set():
                        raise BuildCancelled
                    if on_progress is not None and worker.is_alive():
                        on_progress(self._meter.read())
        finally:
            self._stop.set()
            for thread in (*workers, flusher):
                if thread.ident is not None:
                    thread.join()
        if self._errors:
            raise self._errors[0]
        if on_progress is not None:
            on_progress(self._meter.read())

    def _guarded(self, task: Callable[[], None]) -> None:
        """The first error stops all threads and is raised in the one that waits."""
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again by `work`
            self._errors.append(error)
            self._stop.set()

    def _build(self) -> None:
        worker = BlockWorker(self._files)
        while not self._stop.is_set():
            with self._taking:
                block, ahead = next(self._blocks, None), next(self._ahead, None)
            if ahead is not None:
                ahead.will_be_read()
            if block is None:
                return
            self._meter.begin(block.tensor.name)
            worker.do(block)
            self._meter.add(block.n_bytes)

    def _flush(self) -> None:
        while not self._stop.wait(_BETWEEN_FLUSHES):
            for file in self._files:
                file.flush()
