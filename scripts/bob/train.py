"""Trains Bob: minutes on one GPU, hours on a CPU with fewer steps.

    python -m scripts.bob.corpus && python -m scripts.bob.train --steps 9000
    python -m scripts.bob.train --smoke                        seconds on a CPU, to see it run

Reads rows.npy and bob.model of build/bob, writes weights, shape.json and train.log beside them, and
ends with a greedy pass over the evaluation. The learning rate follows the share of the steps, or
of `--minutes` where those are over sooner. Knows nothing of GGUF.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from scripts.bob import checkpoint, tokenizer
from scripts.bob.corpus import WRITTEN_BY_BOB, Rows
from scripts.bob.decode import answers
from scripts.bob.model import Params, Shape, hidden, initial, logits, rotations
from scripts.bob.questions import evaluation
from scripts.bob.score import examine, mistakes, table
from scripts.bob.tokenizer import BEGIN

SMOKE = Shape(n_embd=128, n_layer=2, n_head=2, n_head_kv=1, n_ff=256)
VALIDATION_ROWS = 64
OTHERS = 0.1
"""weight of tokens that Bob need not write"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train."""

    steps: int = 9000
    rows: int = 32
    """per step, of 2,048 tokens each"""
    learning_rate: float = 2e-3
    warmup: int = 200
    weight_decay: float = 0.1
    minutes: float = 1e9
    """the schedule ends here even if steps are left"""
    seed: int = 1
    smoke: bool = False


USUAL = Plan()


def batches(rows: Rows, plan: Plan, device: torch.device) -> Iterator[Tensor]:
    """Endless shuffled rows; each epoch sees every row once."""
    source = np.random.default_rng(plan.seed)
    while True:
        order = source.permutation(len(rows))
        for start in range(0, len(order) - plan.rows + 1, plan.rows):
            chosen = rows[np.sort(order[start : start + plan.rows])].astype(np.int32)
            batch = torch.from_numpy(chosen)
            yield (batch.pin_memory() if device.type == "cuda" else batch).to(
                device, non_blocking=True
            )


def weighted_loss(params: Params, rows: Tensor, shape: Shape, turns: Tensor) -> Tensor:
    """Mean cross entropy; what Bob writes counts fully, the rest a tenth, a new start nothing."""
    tokens = rows & (WRITTEN_BY_BOB - 1)
    inputs, targets = tokens[:, :-1], tokens[:, 1:].long()
    weights = torch.where(rows[:, 1:] >= WRITTEN_BY_BOB, 1.0, OTHERS)
    weights = torch.where(targets == BEGIN, 0.0, weights)
    scores = logits(params, hidden(params, inputs, shape, turns)).float()
    each = F.cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction="none")
    return (each * weights.flatten()).sum() / weights.sum()


def optimizer(params: Params, plan: Plan, *, fused: bool) -> torch.optim.Optimizer:
    """AdamW; only matrices decay."""
    groups = [
        {"params": [p for p in params.values() if p.ndim > 1], "weight_decay": plan.weight_decay},
        {"params": [p for p in params.values() if p.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, betas=(0.9, 0.95), fused=fused)


def rate(plan: Plan, step: int, seconds: float) -> float:
    """Learning rate: up in the warm-up, level for a fifth of the way, then down to a hundredth."""
    share = max(step / plan.steps, seconds / (60 * plan.minutes))
    fall = min(1.0, max(0.0, (share - 0.2) / 0.8))
    return plan.learning_rate * min(1.0, (step + 1) / plan.warmup) * (1.0 - 0.99 * fall)


def train(params: Params, rows: Rows, shape: Shape, plan: Plan, log: Callable[[str], None]) -> None:
    """Changes `params` in place."""
    device = next(iter(params.values())).device
    cuda = device.type == "cuda"
    turns = rotations(shape, device)
    loss_of = torch.compile(weighted_loss) if cuda else weighted_loss
    trained = optimizer(params, plan, fused=cuda)
    source = batches(rows[:-VALIDATION_ROWS], plan, device)
    began, told = 0.0, 0
    for step in range(plan.steps):
        if step == 3:  # compiling is over
            began, told = time.perf_counter(), step
        seconds = time.perf_counter() - began if began else 0.0
        if seconds > 60 * plan.minutes:
            break
        for group in trained.param_groups:
            group["lr"] = rate(plan, step, seconds)
        with torch.autocast(device.type, torch.bfloat16, enabled=cuda):
            loss = loss_of(params, next(source), shape, turns)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(params.values()), 1.0)
        trained.step()
        trained.zero_grad(set_to_none=True)
        if step % (5 if plan.smoke else 250) == 0 and step > told:
            speed = (step - 3) * plan.rows * shape.n_ctx / seconds
            log(f"step {step} loss {loss.item():.4f} {speed:.0f} tokens/s {seconds:.0f} s")
    seconds = time.perf_counter() - began
    log(f"trained {step + 1} steps of {plan.rows * shape.n_ctx} tokens in {seconds:.0f} s")


@torch.no_grad()  # type: ignore[untyped-decorator]
def validate(params: Params, rows: Rows, shape: Shape) -> float:
    """Loss on rows that were not trained on."""
    device = next(iter(params.values())).device
    turns = rotations(shape, device)
    parts = [
        torch.from_numpy(rows[i : i + 8].astype(np.int32)).to(device)
        for i in range(0, len(rows), 8)
    ]
    return float(sum(weighted_loss(params, part, shape, turns) for part in parts) / len(parts))


def main() -> int:
    options, plan = _options()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    shape = SMOKE if plan.smoke else Shape()
    rows = np.load(options.data / "rows.npy", mmap_mode="r")
    pieces = tokenizer.load(options.data / "bob.model")
    first = checkpoint.load(options.start)[0] if options.start else initial(shape, plan.seed)
    params = {n: p.to(device).requires_grad_() for n, p in first.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "train.log").open("w", encoding="utf-8") as file:

        def log(text: str) -> None:
            print(text, flush=True)
            print(text, file=file, flush=True)

        size = sum(p.numel() for p in params.values())
        log(f"{plan} {shape} {size} parameters, corpus of {rows.size} tokens")
        train(params, rows, shape, plan, log)
        checkpoint.save(options.out, params, shape)
        log(f"validation loss {validate(params, rows[-VALIDATION_ROWS:], shape):.4f}")
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            verdicts = examine(
                evaluation()[: 8 if plan.smoke else None],
                lambda prompts: answers(params, shape, pieces, prompts, device=device),
            )
        log(f"{mistakes(verdicts)}\n{table(verdicts)}")
    return 0


def _options() -> tuple[argparse.Namespace, Plan]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("build/bob"), help="what corpus.py wrote")
    parser.add_argument("--out", type=Path, default=Path("build/bob"))
    parser.add_argument("--start", type=Path, help="weights of an earlier run, to train on from")
    parser.add_argument("--steps", type=int, default=USUAL.steps)
    parser.add_argument("--rows", type=int, default=USUAL.rows, help="per step")
    parser.add_argument("--minutes", type=float, default=USUAL.minutes)
    parser.add_argument("--learning-rate", type=float, default=USUAL.learning_rate)
    parser.add_argument("--seed", type=int, default=USUAL.seed)
    parser.add_argument("--smoke", action="store_true", help="a tiny model for 20 steps")
    options = parser.parse_args()
    steps, rows = (20, 1) if options.smoke else (options.steps, options.rows)
    plan = Plan(
        steps, rows, options.learning_rate,
        minutes=options.minutes, seed=options.seed, smoke=options.smoke,
    )  # fmt: skip
    return options, plan


if __name__ == "__main__":
    sys.exit(main())
