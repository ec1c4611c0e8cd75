"""Figures as people read them: the columns that terminal, Markdown and HTML share.

A figure that is not there is a dash. Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llamachat.compare.figures import Answer, Comparison, Row, missing
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
    Heading("decode", "decode t/s", "tokens written per second, at the least depth"),
    Heading("PPL", "perplexity", "of the text, as llama-perplexity computes it; lower is better"),
    Heading("KLD", "KL divergence", "mean over the scored tokens, in nats, from the largest model "
            "that could be scored; 0 is the same"),
    Heading("same", "same top token", "share of the tokens where this and that model find the same "
            "token likeliest"),
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
    if value < 1e4:
        return f"{value:.4f}"
    return f"{value:,.0f}" if value < 1e7 else f"{value:.4g}"


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


def times(one: Answer) -> str:
    """How long an answer took; of one token alone there is no rate."""
    number = f"{one.tokens:,} token{'' if one.tokens == 1 else 's'}"
    return (
        f"{number} in {seconds(one.seconds)}, the first after {seconds(one.first_token)}, "
        f"{rate(one.rate or None)} t/s, {one.reason}"
    )


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
    rows = comparison.rows
    found = [f"Machine: {comparison.machine}.", f"Date: {comparison.date}."]
    if contexts := [row.n_ctx for row in rows if row.memory is not None and row.n_ctx]:
        found.append(f"Memory: with {_span(contexts)} tokens of context, keys and values in f16.")
    read = [next((one.depth for one in row.depths if one.prefill is not None), 0) for row in rows]
    if any(read):
        found.append(f"Prefill: of the first {_span([depth for depth in read if depth])} tokens.")
    if depths := [row.depths[0].depth for row in rows if row.depths]:
        found.append(f"Decode: at a depth of {_span(depths)} tokens.")
    return [*found, *_of_the_text(comparison)]


def _of_the_text(comparison: Comparison) -> Iterator[str]:
    """Models that cut it into other tokens may have more chunks or fewer."""
    scored = [row.quality for row in comparison.rows if row.quality]
    if scored:
        yield (
            f"Perplexity: {comparison.text}, {_span([one.chunks for one in scored])} chunks of 512 "
            f"tokens, of each the second half scored ({_span([one.tokens for one in scored])} "
            "tokens), as llama-perplexity does it."
        )
    compared = [one for one in scored if one.kld is not None]
    if compared:
        base = comparison.rows[comparison.base].subject.label
        part = f", on the first {_span([one.kld_chunks for one in compared])} chunks"
        whole = all(one.kld_chunks == one.chunks for one in compared)
        yield f"KL divergence and same top token: against {base}{'' if whole else part}."


def _span(values: Sequence[int]) -> str:
    """12, or 11 to 12 where they differ."""
    least, most = min(values), max(values)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
