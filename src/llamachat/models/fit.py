"""Whether a model fits into memory: what it needs against what is usable, as a verdict in words.

Knows nothing of files, engines or what could be changed to make it fit.
"""

from __future__ import annotations

from typing import Literal

from llamachat.gguf.header import GGUFHeader
from llamachat.models.need import N_CTX, Need, Setting, Weights, memory_need
from llamachat.models.shape import shape_of

TIGHT = 0.9
"""a model that takes more of the usable memory than this leaves too little for anything else"""

Fit = Literal["fits", "fits barely", "does not fit"]


def need_of(header: GGUFHeader, n_ctx: int = N_CTX) -> Need:
    """What a file takes; a context longer than the model was trained with is cut to that."""
    shape = shape_of(header)
    n_ctx = min(n_ctx, shape.n_ctx_train or n_ctx)
    return memory_need(Weights(header.tensor_bytes), shape, Setting(n_ctx))


def judge(need: Need, usable: int) -> Fit:
    """Against the bytes that a model may take now."""
    if need.total > usable:
        return "does not fit"
    return "fits barely" if need.total > TIGHT * usable else "fits"


def explain(name: str, need: Need, usable: int) -> str:
    """The verdict with its figures, as one sentence."""
    return (
        f"{name} needs about {gigabytes(need.total)} with {need.n_ctx:,} tokens of context; "
        f"this machine has {gigabytes(usable)} usable: {judge(need, usable)}."
    )


def gigabytes(n_bytes: int) -> str:
    """Bytes in the units that model files are listed in: 3.83 GB, 12 GB, 9.5 MB."""
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.{_places(n_bytes / 1e9)}f} GB"
    return f"{n_bytes / 1e6:.{_places(n_bytes / 1e6)}f} MB"


def _places(number: float) -> int:
    return 2 if number < 4 else 1 if number < 10 else 0
