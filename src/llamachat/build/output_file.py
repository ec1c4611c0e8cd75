"""One output of a build on the disk: nothing stands under its name until it is whole.

The file grows beside its target under a hidden name, at full size from the start, so that a disk
too small says so before the work. Its builder holds a lock on it: what lies there without one was
left by a build that was killed, and the next build removes it. Knows bytes and offsets, and how to
check a header; nothing of how weights are made.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from llamachat.build.plan import Output
from llamachat.build.progress import BuildCancelled, Meter, Progress, size_text
from llamachat.errors import LlamaChatError
from llamachat.gguf.reader import read_header
from llamachat.hardware.disk import existing_folder, read_disk
from llamachat.models.checksum import OnProgress, digest_file
from llamachat.models.copying import SPARE

_SUFFIX = ".building"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BETWEEN_REPORTS = 0.1
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
"""of network file systems; there nothing is collected either"""
_unnamed: set[Path] = set()
"""hidden files that this process writes"""


class OutputFile:
    """An output while it is written."""

    def __init__(self, output: Output) -> None:
        """Create the hidden file, with room for all of it and its header in place.

        Raises:
            LlamaChatError: the disk is full or refuses.
        """
        self._output = output
        target = output.path
        self._part = target.with_name(f".{target.name}.{os.urandom(4).hex()}{_SUFFIX}")
        self._file = -1
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._file = os.open(self._part, flags, 0o666)
            _unnamed.add(self._part)
            _lock(self._file)
            _reserve(self._file, output.size)
            _put(self._file, output.head, 0)
        except OSError as error:
            self.discard()
            raise self._refused(error) from error

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self._output.size

    def write(self, data: bytes | memoryview, offset: int) -> None:
        """Put bytes in their place; any thread may."""
        try:
            _put(self._file, data, offset)
        except OSError as error:
            raise self._refused(error) from error

    def flush(self) -> None:
        """Wait until the disk has what was written so far."""
        try:
            if hasattr(os, "fdatasync"):
                os.fdatasync(self._file)
            else:  # macOS
                os.fsync(self._file)
        except OSError as error:
            raise self._refused(error) from error

    def verify(self, on_progress: OnProgress | None = None) -> str:
        """The file has the planned size and header; returns its SHA-256.

        Raises:
            LlamaChatError: it has not; somebody else wrote to it.
        """
        header = read_header(self._part)
        output = self._output
        same = header.tensors == output.tensors and header.metadata == output.metadata
        if not same or header.data_offset != len(output.head) or header.file_size != output.size:
            raise LlamaChatError(
                f"{self._part} is not what was written.", "Check the disk, and build it again."
            )
        return digest_file(self._part, "sha256", on_progress).hex

    def publish(self) -> None:
        """Give the file its name, in place of what had it."""
        folder = self._output.path.parent
        try:
            os.fsync(self._file)
            self._part.replace(self._output.path)
            place = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(place)
            finally:
                os.close(place)
        except OSError as error:
            raise self._refused(error) from error
        self._close()

    def discard(self) -> None:
        """Remove the file unless it has its name; harmless at any time."""
        if self._file >= 0:
            self._part.unlink(missing_ok=True)
            self._close()

    def _close(self) -> None:
        _unnamed.discard(self._part)
        os.close(self._file)
        self._file = -1

    def _refused(self, error: OSError) -> LlamaChatError:
        path = self._output.path
        hint = "Free some space or choose another place with --out."
        if error.errno in _FULL:
            hint = f"It needs {size_text(self._output.size)}. {hint}"
        return LlamaChatError(f"{path} could not be written: {error.strerror or error}.", hint)


def verify_all(
    files: Sequence[OutputFile],
    on_progress: Callable[[Progress], object] | None,
    cancel: threading.Event,
) -> tuple[str, ...]:
    """Verify all files while the disk takes the last of their bytes; returns their SHA-256.

    Raises:
        BuildCancelled: `cancel` was set.
        LlamaChatError: a file is not what was written, or the disk refuses it.
    """
    meter = Meter(sum(file.size for file in files), "checking")

    def hashed(file: OutputFile) -> str:
        before = 0

        def tell(done: int, total: int) -> None:
            nonlocal before
            if cancel.is_set():
                raise BuildCancelled
            meter.add(done - before)
            before = done

        return file.verify(tell)

    with ThreadPoolExecutor(2 * len(files), "build-verify") as pool:
        flushes: list[Future[None]] = [pool.submit(file.flush) for file in files]
        hashes: list[Future[str]] = [pool.submit(hashed, file) for file in files]
        while wait(flushes, _BETWEEN_REPORTS).not_done or wait(hashes, _BETWEEN_REPORTS).not_done:
            if on_progress is not None:
                on_progress(meter.read())
        for flush in flushes:
            flush.result()
        return tuple(found.result() for found in hashes)


def make_room(outputs: Sequence[Output]) -> None:
    """Remove what killed builds left beside the outputs, then ask whether there is room for them.

    Raises:
        LlamaChatError: as `check_space` does.
    """
    for folder in {output.path.parent for output in outputs}:
        collect_leftovers(folder)
    check_space(outputs)


def abandon() -> None:
    """Remove what this process writes, before it leaves at once; its threads may go on writing."""
    for part in tuple(_unnamed):
        with suppress(OSError):  # whoever leaves cannot help it; the next build can
            part.unlink(missing_ok=True)


def check_space(outputs: Sequence[Output]) -> None:
    """Refuse to begin what the disks can not hold; a file to be replaced still takes its room.

    Manifests and whoever else writes meanwhile need some too.

    Raises:
        LlamaChatError: it says what is needed and what there is.
    """
    needed: dict[int, int] = {}
    for output in outputs:
        disk = read_disk(output.path.parent)
        needed[disk.device] = needed.get(disk.device, SPARE) + output.size
        if needed[disk.device] > disk.free:
            raise LlamaChatError(
                f"{existing_folder(output.path.parent)} has {size_text(disk.free)} left, and "
                f"{size_text(needed[disk.device])} are needed.",
                "Free some space, or choose another disk with --out.",
            )


def collect_leftovers(folder: Path) -> None:
    """Remove what killed builds left in this folder; files of living ones are locked."""
    if not os.access(folder, os.R_OK):
        return  # or there is no folder yet
    for part in folder.glob(f".*{_SUFFIX}"):
        try:
            file = os.open(part, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue  # gone by now, a link, or another user's: none of ours
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink(missing_ok=True)
        except OSError:
            continue  # its build lives, or this file system cannot tell
        finally:
            os.close(file)


def _lock(file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _put(file: int, data: bytes | memoryview, offset: int) -> None:
    view = memoryview(data).cast("B")
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def _reserve(file: int, size: int) -> None:
    """Take the disk space now; where a file system can not, only the length."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, 0, size)
            return
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
    os.ftruncate(file, size)
