"""Greedy answers of a model in training, many at once, without a KV cache.

For a look at the accuracy inside the training job; the figures that count come from evaluate.py.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scripts.bob.model import Params, Shape, hidden, logits, rotations
from scripts.bob.tokenizer import BEGIN, END, Pieces

MAX_TOKENS = 96


@torch.no_grad()  # type: ignore[untyped-decorator]
def answers(
    params: Params, shape: Shape, pieces: Pieces, prompts: list[str], *, device: torch.device
) -> list[str]:
    """One answer to each prompt, cut at the user's next turn."""
    starts = [[BEGIN, *pieces.encode(prompt)] for prompt in prompts]
    length = max(map(len, starts)) + MAX_TOKENS
    tokens = torch.full((len(starts), length), END, device=device)
    for row, start in enumerate(starts):
        tokens[row, : len(start)] = torch.tensor(start, device=device)
    ends = torch.tensor([len(start) for start in starts], device=device)
    turns = rotations(shape, device)
    rows = torch.arange(len(starts), device=device)
    for _ in range(MAX_TOKENS):
        used = int(ends.max())
        state = hidden(params, tokens[:, :used], shape, turns)[rows, ends - 1]
        tokens[rows, ends] = logits(params, state).argmax(-1)
        ends = ends + 1
    return [_text(tokens[row], len(start), pieces) for row, start in enumerate(starts)]


def _text(row: Tensor, start: int, pieces: Pieces) -> str:
    written = row[start : start + MAX_TOKENS].tolist()
    if END in written:
        written = written[: written.index(END)]
    return pieces.decode(written).split("\nUser:")[0].strip()
