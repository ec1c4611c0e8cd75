"""SHA-256 of everything a model is built from, taken while it is built.

The hashes follow the pass through the files and never run ahead of it, so that their bytes come
from the disk once. What the library has verified, and what did not change since, is not hashed
again. A file that changes meanwhile ends the build. Knows nothing of formats.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from llamachat.build.progress import BuildCancelled
from llamachat.errors import LlamaChatError, ModelError
from llamachat.models.checksum import digest_file
from llamachat.models.manifest import find, quick_check

OnProgress = Callable[[int, int], object]


class InputHashes:
    """A thread that hashes, from `start` until `finish` or `stop`."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Remember what the files are now.

        Raises:
            ModelError: one cannot be read.
        """
        self._before = {path: _state(path) for path in files}
        self._known = {path: known for path in files if (known := _verified(path))}
        self._total = sum(self._before[path][0] for path in files if path not in self._known)
        self._done = 0
        self._allowed = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._error: BaseException | None = None
        self._hashes: dict[Path, str] = {}
        self._thread = threading.Thread(target=self._guarded, name="input-hashes", daemon=True)

    @property
    def position(self) -> tuple[int, int]:
        """Bytes that are hashed, and all that are to be."""
        return self._done, self._total

    def start(self) -> None:
        self._thread.start()

    def pace(self, fraction: float) -> None:
        """The pass has read so much."""
        self._allow(int(fraction * self._total))

    def finish(self, on_progress: OnProgress | None = None) -> dict[Path, str]:
        """All hashes, in the order of the files.

        Raises:
            LlamaChatError: a file changed meanwhile, or cannot be read any more.
        """
        self._allow(self._total)
        while self._thread.is_alive():
            self._thread.join(0.1)
            if on_progress is not None:
                on_progress(*self.position)
        if self._error is not None:
            raise self._error
        for path, before in self._before.items():
            if _state(path) != before:
                raise LlamaChatError(
                    f"{path} was changed while the model was built from it.",
                    "Let the program that writes it finish, then build again.",
                )
        return dict(self._hashes)

    def stop(self) -> None:
        """End the thread; harmless at any time."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _allow(self, position: int) -> None:
        with self._changed:
            self._allowed = max(self._allowed, position)
            self._changed.notify_all()

    def _guarded(self) -> None:
        try:
            self._hash_all()
        except BaseException as error:  # noqa: BLE001 - raised again by `finish`
            self._error = error

    def _hash_all(self) -> None:
        before = 0
        for path, (size, _) in self._before.items():
            if path in self._known:
                self._hashes[path] = self._known[path]
                continue

            def follow(done: int, total: int, before: int = before) -> None:
                self._follow(before + done)

            self._hashes[path] = digest_file(path, "sha256", follow).hex
            before += size

    def _follow(self, position: int) -> None:
        position = min(position, self._total)  # a file that grows is told at the end
        self._done = position
        if position > self._allowed or self._stopped:
            with self._changed:
                self._changed.wait_for(lambda: position <= self._allowed or self._stopped)
            if self._stopped:
                raise BuildCancelled


def _state(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    return stat.st_size, stat.st_mtime_ns


def _verified(path: Path) -> str:
    """What the library remembers of this very file; empty where it knows nothing."""
    try:
        manifest = find(path)
    except LlamaChatError:  # a damaged one says nothing; the hash will
        return ""
    return manifest.sha256 if manifest and quick_check(manifest) is None else ""
