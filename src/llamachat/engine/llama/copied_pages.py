"""While a model is loaded, gives back the pages of its file of which llama.cpp has made copies.

Where fast kernels want the weights in another order, llama.cpp copies nearly all of a mapped file
and keeps it mapped: a 7B in Q4_0 then holds 8.6 GB instead of 5.0. Dropped on the way, its pages
are never all there beside the copies. What is still used in place (norms, embeddings) is looked at
again and mapped again, from the system's cache. Knows nothing of tensors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from llamachat.engine.params import LoadMode
from llamachat.hardware.mapped_pages import drop_pages

STEP = 512 << 20
"""bytes of weights between two looks; each takes the pages of what has been read, which is nearly
in the order of the file: the others were mapped ahead, and would come back one by one"""
MAPPED: tuple[LoadMode, ...] = ("auto", "mmap")
"""load modes in which the file is mapped, and its pages are not locked"""


class CopiedPages:
    """Those of one model.

    Args:
        files: all parts of the model.
        buffers: names of the buffers that hold weights, as far as llama.cpp has told them.
    """

    def __init__(self, files: Sequence[Path], mode: LoadMode, buffers: Collection[str]) -> None:
        self._files = files
        self._mode = mode
        self._buffers = buffers
        self._size = sum(file.stat().st_size for file in files if file.is_file())
        self._dropped = 0.0

    def loaded(self, fraction: float = 1.0) -> None:
        """So much of the model has been read."""
        if fraction < 1 and (fraction - self._dropped) * self._size < STEP:
            return
        if self._mode in MAPPED and any(map(_is_copy, self._buffers)):
            drop_pages(self._files, int(fraction * self._size) if fraction < 1 else None)
        self._dropped = fraction


def _is_copy(buffer: str) -> bool:
    """CPU_Mapped (Metal_Mapped …) is the file itself; CPU_REPACK, AMX, CUDA0 hold copies."""
    return not buffer.endswith("_Mapped")
