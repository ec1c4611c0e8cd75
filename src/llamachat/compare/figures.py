"""The figures of a comparison: one row for each model, filled in as they are measured.

Plain values; what is not measured is None or empty, and `missing` names it. Knows neither engines
nor how the figures are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that is compared, as its file describes it."""

    label: str
    """what the comparison calls it; no two rows have the same"""
    path: str
    ftype: str
    size: int
    """bytes of all its files"""
    bits: float
    """bits per weight, over all tensors"""
    n_params: int


@dataclass(frozen=True, slots=True)
class Depth:
    """Speed with so many tokens in the context."""

    depth: int
    prefill: float | None
    """tokens per second of the prompt since the depth before; None at the first, which is empty"""
    decode: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said to one of the prompts."""

    text: str
    tokens: int
    seconds: float
    """from the request to the end"""
    first_token: float
    rate: float
    """tokens per second after the first"""
    reason: str
    fault: str = ""
    """why there is none"""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the model predicts the text, and how alike the largest of the models."""

    perplexity: float
    perplexity_error: float
    chunks: int
    tokens: int
    """that were scored: the second half of every chunk but its last"""
    kld: float | None = None
    """mean Kullback-Leibler divergence from the largest model, in nats a token"""
    kld_error: float | None = None
    same_top: float | None = None
    """share of the tokens where both find the same token likeliest"""
    same_top_error: float | None = None
    kld_chunks: int = 0
    """of the text that the two were compared on; of the largest, those that others can be"""


@dataclass(frozen=True, slots=True)
class Row:
    """One model with what is known of it so far."""

    subject: Subject
    load: float | None = None
    """seconds until the first request is taken, the file in the page cache"""
    memory: int | None = None
    """bytes of the engine's process at most, pages of the mapped file included"""
    n_ctx: int | None = None
    """tokens of context that it holds"""
    depths: tuple[Depth, ...] = ()
    answers: tuple[Answer, ...] = ()
    quality: Quality | None = None
    fault: str = ""
    """why the rest is missing"""
    remark: str = ""

    @property
    def decode(self) -> float | None:
        """Tokens per second at the least depth, by default in an almost empty context."""
        return self.depths[0].decode if self.depths else None

    @property
    def prefill(self) -> float | None:
        """Tokens per second of a prompt up to the least depth but zero."""
        return next((d.prefill for d in self.depths if d.prefill is not None), None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows, and what must be known to read them."""

    rows: tuple[Row, ...]
    base: int
    """the row of the largest model that can be scored, which the others are held against"""
    prompts: tuple[str, ...] = ()
    wanted: frozenset[str] = field(default_factory=frozenset)
    """which of WHAT is measured"""
    title: str = "Comparison of models"
    machine: str = ""
    date: str = ""
    text: str = ""
    """what the text for the perplexity is called"""
    interrupted: bool = False


WHAT = ("speed", "answers", "perplexity")
"""what is measured beside load time and memory, and can be left out"""


def largest(sizes: list[int]) -> int:
    """The place of the largest file, the first of several."""
    return max(range(len(sizes)), key=lambda place: (sizes[place], -place))


def missing(comparison: Comparison, row: Row) -> Iterator[str]:
    """What was to be measured of a model and was not."""
    wanted = comparison.wanted
    if row.load is None:
        yield "load time"
    if row.memory is None:
        yield "memory"
    if "speed" in wanted and not row.depths:
        yield "speed"
    if "answers" in wanted:
        said = len(row.answers)
        if said < len(comparison.prompts):
            yield "answers" if not said else f"answers after the first {said}"
    if "perplexity" in wanted:
        base = comparison.rows[comparison.base].subject.label
        if row.quality is None:
            yield "perplexity"
        elif row.quality.kld is None and row.subject.label != base:
            yield "KL divergence"


def unique_labels(labels: list[str]) -> list[str]:
    """The same, told apart by a number where two are equal."""
    found: list[str] = []
    for label in labels:
        number, name = 1, label
        while name in found:
            number += 1
            name = f"{label} ({number})"
        found.append(name)
    return found
