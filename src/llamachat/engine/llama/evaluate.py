"""Evaluates tiny generated models, one per tensor type, on both rungs: does it run, is it right?

    python -m llamachat.engine.llama.evaluate --types q4_0,q6_K --threads 2 FOLDER

One JSON line before each evaluation and one after it, so that whoever reads them knows where a
process died. The reference is the plain rung: the fast kernels (AMX, repacked weights) quantize
activations as the plain ones do and differ only in the order of sums.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from llamachat.engine.context import Tokens
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.params import EngineOptions
from llamachat.errors import LlamaChatError
from llamachat.gguf.generated import LlamaShape, write_generated_llama

SHAPE = LlamaShape(1, 256, 4, 2, 512, 512, 128)
"""every dimension a multiple of 256: rows that the fast kernels accept"""

BATCH = 64
TOLERANCE = 0.05
"""of the logits' root mean square; between rungs: 0.01 for q4_0, others below 1e-6 (Zen 5)"""


PLAIN_BUFFERS = frozenset({"CPU", "CPU_Mapped"})
"""where weights lie as the file has them"""


def evaluate(model: Path, *, fast: bool, threads: int) -> tuple[list[float], str]:
    """Logits after a batch of 64 tokens and of one more token, one after the other; and the name
    of the buffer that holds a rearranged copy of the weights."""
    options = EngineOptions(
        model, n_ctx=SHAPE.n_ctx, threads=threads, extra_buffers=fast, flash_attention="off"
    )
    loaded = LoadedModel(options)
    try:
        cache = Cache(loaded)
        tokens = [300 + (37 * i) % 200 for i in range(BATCH)]
        cache.decode(Tokens(tokens, [0] * BATCH))
        batch = cache.logits()
        cache.decode_one(301, 0)
        return batch + cache.logits(), min(loaded.log.weight_buffers - PLAIN_BUFFERS, default="")
    finally:
        loaded.close()


def difference(first: Sequence[float], second: Sequence[float]) -> float:
    """Root mean square of the difference, relative to that of the second."""
    power = math.fsum(b * b for b in second)
    error = math.fsum((a - b) ** 2 for a, b in zip(first, second, strict=True))
    return math.sqrt(error / power) if power > 0 else math.inf


def examine(name: str, folder: Path, threads: int) -> None:
    """Evaluate one type on both rungs and say how it went."""
    model = folder / f"{name}.gguf"
    write_generated_llama(model, SHAPE, name, pure=True)
    _say(type=name, rung="plain", stage="start")
    plain, _ = evaluate(model, fast=False, threads=threads)
    right = all(map(math.isfinite, plain))
    _say(type=name, rung="plain", stage="ok" if right else "wrong", detail="", buffer="")
    _say(type=name, rung="fast", stage="start")
    fast, copy = evaluate(model, fast=True, threads=threads)
    error = difference(fast, plain)
    right = math.isfinite(error) and error <= TOLERANCE
    stage = "ok" if right else "wrong"
    _say(type=name, rung="fast", stage=stage, detail=f"{error:.2g}", buffer=copy)


def _say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="llamachat.engine.llama.evaluate", description=__doc__)
    parser.add_argument("--types", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args(argv)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it may die here, and that is the answer
    try:
        for name in arguments.types.split(","):
            examine(name, arguments.folder, arguments.threads)
    except LlamaChatError as error:
        _say(stage="error", message=error.message, hint=error.hint)
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
