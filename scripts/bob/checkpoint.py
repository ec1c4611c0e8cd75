"""Weights and tokenizer of a training run on disk, in parts small enough to be carried about.

Plain .npz files of f32 arrays under their GGUF names, and shape.json. Knows nothing of training.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from scripts.bob.model import Params, Shape

PART_BYTES = 12 << 20


def save(folder: Path, params: Params, shape: Shape) -> None:
    """Writes weights-0.npz, weights-1.npz, … and shape.json."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[dict[str, np.ndarray]] = [{}]
    size = 0
    for name, tensor in params.items():
        array = tensor.detach().float().cpu().numpy()
        if size + array.nbytes > PART_BYTES and parts[-1]:
            parts.append({})
            size = 0
        parts[-1][name] = array
        size += array.nbytes
    for number, part in enumerate(parts):
        np.savez(folder / f"weights-{number}.npz", **part)  # type: ignore[arg-type]
    (folder / "shape.json").write_text(json.dumps(asdict(shape)) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[Params, Shape]:
    """What `save` wrote."""
    params: Params = {}
    for path in sorted(folder.glob("weights-*.npz")):
        with np.load(path) as part:
            params |= {name: torch.from_numpy(part[name]) for name in part.files}
    return params, Shape(**json.loads((folder / "shape.json").read_text(encoding="utf-8")))
