"""Which weights the engine's fast kernels copy into another order, and what the copies take.

llama.cpp does it where a tensor type has such kernels on this processor; which ones these are the
capability ladder found out. A mapped file then lies in memory beside the copies. Knows nothing of
contexts or caches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from llamachat.errors import ModelError
from llamachat.gguf.header import GGUFHeader, TensorInfo
from llamachat.gguf.reader import read_header
from llamachat.models.need import Weights
from llamachat.models.parts import parts_of

Copies = Mapping[str, str]
"""tensor type → llama.cpp's name of the buffer that holds a copy in another order"""

_ADDED = {"q8_0": 4, "q4_K": 4, "q5_K": 4, "iq4_xs": 2}
"""bytes that AMX's order adds to each block (`get_row_size` of ggml-cpu/amx/mmq.cpp)"""
_ROWS = {"AMX": 32, "CPU_REPACK": 8}
"""rows that a kernel takes at once; a tensor whose rows are no multiple is left as it is"""


def weights_of(header: GGUFHeader, copies: Copies, *, mapped: bool) -> Weights:
    """What the tensors of a model take, all its files counted.

    Args:
        mapped: the file is mapped into memory, not read.
    """
    tensors = list(_tensors(header))
    total = sum(tensor.n_bytes for tensor in tensors)
    tied = not any(tensor.name == "output.weight" for tensor in tensors)
    beside = 0
    for tensor in tensors:
        if not _is_copied(tensor, copies, tied=tied):
            continue
        total += _added(tensor, copies)
        if tensor.name == "token_embd.weight":
            total += tensor.n_bytes  # the rows are looked up in the original
        elif mapped:
            beside += tensor.n_bytes
    return Weights(total, beside)


def _tensors(header: GGUFHeader) -> Iterable[TensorInfo]:
    """Those of all parts; a part that cannot be read is the loader's to refuse."""
    yield from header.tensors
    for part in parts_of(header.path):
        if part != header.path and header.split is not None:
            try:
                yield from read_header(part, arrays=False).tensors
            except ModelError:
                continue


def _is_copied(tensor: TensorInfo, copies: Copies, *, tied: bool) -> bool:
    """A matrix that is multiplied with; embeddings are only looked up, unless they are tied."""
    buffer = copies.get(tensor.type.name)
    if buffer is None or len(tensor.shape) < 2 or not tensor.name.endswith(".weight"):
        return False
    if "_embd" in tensor.name and not (tied and tensor.name == "token_embd.weight"):
        return False
    return tensor.shape[1] % _ROWS.get(buffer, 1) == 0


def _added(tensor: TensorInfo, copies: Copies) -> int:
    if copies[tensor.type.name] != "AMX":
        return 0
    return tensor.n_weights // tensor.type.block * _ADDED.get(tensor.type.name, 0)
