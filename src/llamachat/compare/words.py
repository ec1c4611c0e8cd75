"""Figures as people read them: the columns that terminal, Markdown and HTML share.

A figure that is not there is a dash. Knows nothing of layout.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.compare.figures import Comparison, Row, missing
from llamachat.models.fit import gigabytes

NONE = "–"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its short name for a terminal, its whole one, and what it tells."""

    short: str
    long: str
    meaning: str


HEADINGS = (
    Heading("size", "size", "of the file"),
    Heading("bits", "bits/weight", "over all tensors of the file"),
    Heading("load", "load", "from the start of the engine's process until it takes requests, the "
            "file in the page cache"),
    Heading("memory", "memory", "of the engine's process at most, context and pages of the mapped "
            "file included"),
    Heading("prefill", "prefill t/s", "tokens of a prompt read per second, over the first stretch"),
    Heading("decode", "decode t/s", "tokens written per second, in an almost empty context"),
    Heading("PPL", "perplexity", "of the text, as llama-perplexity computes it; lower is better"),
    Heading("KLD", "KL divergence", "mean over the scored tokens, from the largest model; 0 is the "
            "same"),
    Heading("same", "same top token", "share of the tokens where this and the largest model find "
            "the same token likeliest"),
)  # fmt: skip


def cells(row: Row) -> list[str]:
    """One for each heading."""
    quality = row.quality
    return [
        gigabytes(row.subject.size),
        f"{row.subject.bits:.2f}",
        NONE if row.load is None else seconds(row.load),
        NONE if row.memory is None else gigabytes(row.memory),
        rate(row.prefill),
        rate(row.decode),
        NONE if quality is None else perplexity(quality.perplexity),
        NONE if quality is None or quality.kld is None else f"{quality.kld:.4f}",
        NONE if quality is None or quality.same_top is None else f"{quality.same_top:.1%}",
    ]


def perplexity(value: float) -> str:
    """Four decimals, as llama-perplexity prints it, as long as they mean something."""
    return f"{value:.4f}" if value < 1e4 else f"{value:.4g}"


def rate(value: float | None) -> str:
    """Tokens per second."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(value: float) -> str:
    """0.31 s, 12.4 s, 3 min 20 s"""
    if value < 10:
        return f"{value:.2f} s"
    if value < 100:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def remarks(comparison: Comparison) -> list[str]:
    """What a reader must know of rows that are not complete."""
    found = []
    if comparison.interrupted:
        found.append("The comparison was interrupted; what had been measured is kept.")
    for row in comparison.rows:
        gone = ", ".join(missing(comparison, row))
        if row.fault:
            found.append(f"{row.subject.label}: {row.fault}")
        if gone:
            found.append(f"{row.subject.label}: not measured: {gone}.")
        if row.remark:
            found.append(f"{row.subject.label}: {row.remark}")
    return found


def conditions(comparison: Comparison) -> list[str]:
    """Sentences about how the figures came about."""
    base = comparison.rows[comparison.base].subject
    found = [f"Machine: {comparison.machine}.", f"Date: {comparison.date}."]
    scored = [row.quality for row in comparison.rows if row.quality]
    if scored:
        one = scored[0]
        found.append(
            f"Perplexity: {comparison.text}, {one.chunks} chunks of 512 tokens, of each the second "
            f"half scored ({one.tokens:,} tokens), as llama-perplexity does it."
        )
    if any(quality.kld is not None for quality in scored):
        found.append(f"KL divergence and same top token: against {base.label}.")
    return found
