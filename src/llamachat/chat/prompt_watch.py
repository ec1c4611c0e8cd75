"""Whether a file was changed since it was last looked at.

Editors write in place or replace the file, within one tick of a coarse clock too, so time, size and
inode count together. One call costs one stat; whoever asks decides how often. Reads no contents.
"""

from __future__ import annotations

from pathlib import Path

_Stamp = tuple[int, int, int]


class PromptWatch:
    """Remembers how a file looked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._stamp()

    def changed(self) -> bool:
        """Whether the file looks different from the last call (or from the beginning); one that
        vanished or came back has changed."""
        before, self._seen = self._seen, self._stamp()
        return self._seen != before

    def _stamp(self) -> _Stamp | None:
        try:
            found = self.path.stat()
        except OSError:  # gone, or out of reach: as good as not there
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
