"""What the live panel shows, as one value, and the words for it that both of its forms use.

Knows nothing of widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from llamachat.chat.meter import NEARLY_FULL, Figures
from llamachat.engine.base import EngineInfo, FinishReason
from llamachat.hardware.isa import Feature, parse_system_info
from llamachat.hardware.memory import MemoryState
from llamachat.sanitize import one_line

EngineState = Literal["fetching", "loading", "idle", "reading", "writing", "restarted", "failed"]

MEASURING = "measuring speed … Esc skips"

ENDINGS: dict[FinishReason, str] = {
    "length": "limit reached",
    "context": "context full",
    "cancelled": "stopped",
    "died": "died",
}
"""the reasons worth a word; the others are how an answer should end"""

_OLDER = {
    Feature.AVX2: {
        Feature.SSE3, Feature.SSSE3, Feature.SSE42, Feature.AVX, Feature.F16C, Feature.BMI2
    },
    Feature.AVX512: {Feature.AVX2, Feature.FMA, Feature.AVX_VNNI},
    Feature.AMX_INT8: {Feature.AMX_TILE},
}  # fmt: skip
"""what goes without saying where a newer set is in use"""
_FAST_ONLY = {Feature.AMX_TILE, Feature.AMX_INT8, Feature.AMX_BF16}
"""llama.cpp's AMX kernels need the weights repacked, which the plain rung does not do"""


@dataclass(frozen=True, slots=True)
class PanelFacts:
    """Everything on the panel."""

    engine: EngineState = "loading"
    loaded: float = 0.0
    """part of the model, while it is loaded"""
    word: str = ""
    """why the engine failed or was restarted"""
    figures: Figures = field(default_factory=Figures)
    info: EngineInfo | None = None
    sets: tuple[str, ...] = ()
    """`instruction_sets(info)`"""
    system: MemoryState | None = None
    draft: tuple[int, int] = (0, 0)
    """tokens of what is being written: evaluated already, and in all"""
    measuring: bool = False
    """which settings are fastest here"""

    @property
    def draft_words(self) -> str:
        """How far the draft is, while nothing else happens."""
        ready, total = self.draft
        if self.engine not in ("idle", "restarted"):
            return ""
        if not total:
            return MEASURING if self.measuring else ""
        return f"draft: {ready:,} of {total:,} tokens ready"

    @property
    def name(self) -> str:
        """Of the model, safe to show."""
        return one_line(self.info.name).strip() or "(no name)" if self.info else ""

    @property
    def ftype(self) -> str:
        return one_line(self.info.ftype).strip() if self.info else ""

    @property
    def nearly_full(self) -> bool:
        return self.figures.context_fraction >= NEARLY_FULL

    @property
    def reading(self) -> bool:
        """A prompt of known length is being read."""
        return self.engine == "reading" and self.figures.prompt_total > 0

    @property
    def prompt_fraction(self) -> float:
        """Of the tokens that had to be read, those that are."""
        figures = self.figures
        new = figures.prompt_total - figures.prompt_cached
        return (figures.prompt_done - figures.prompt_cached) / new if new > 0 else 1.0

    @property
    def engine_bytes(self) -> int:
        """Resident set of the engine; what it allocated, before it has told."""
        memory = self.figures.memory
        return memory.resident or memory.model + memory.kv_cache + memory.compute


def instruction_sets(info: EngineInfo) -> tuple[str, ...]:
    """Those in use, llama.cpp's names, the newest first; what others imply is left out."""
    used = set(parse_system_info(info.system_info))
    if info.rung != "fast":
        used -= _FAST_ONLY
    for newer, older in reversed(_OLDER.items()):
        if newer in used or (newer is Feature.AVX2 and Feature.AVX512 in used):
            used -= older
    return tuple(feature.value for feature in reversed(Feature) if feature in used)
