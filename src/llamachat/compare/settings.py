"""What a comparison is told: prompts, text, depths, lengths; and what it takes by itself.

Bounds are checked here, before anything is loaded. Knows nothing of flags.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from llamachat.compare.figures import WHAT
from llamachat.engine.params import SamplingParams
from llamachat.errors import UsageError

DEFAULT_PROMPTS = (
    "Why is the sky blue? Answer in two sentences.",
    "Write a Python function that returns the n-th Fibonacci number.",
    "A train leaves at 9:40 and arrives at 11:05. How long does the journey take?",
)
DEFAULT_TEXT = Path(__file__).parent / "text" / "alice.txt"
"""see the file beside it for its origin"""
DEFAULT_CHUNKS = 12
"""6,144 tokens: two and a half minutes of a 7B that reads 40 tokens per second"""
DEFAULT_DEPTHS = (0, 512, 1024)
N_DECODE = 32
"""tokens written at each depth"""
MAX_DEPTH = 131072
MAX_PROMPTS = 100
MAX_PREDICT = 4096


@dataclass(frozen=True, slots=True)
class Settings:
    """How every model is measured."""

    what: frozenset[str] = frozenset(WHAT)
    prompts: tuple[str, ...] = DEFAULT_PROMPTS
    n_predict: int = 64
    sampling: SamplingParams = field(default_factory=lambda: SamplingParams(temp=0, seed=1))
    """greedy: the same answer every time"""
    depths: tuple[int, ...] = DEFAULT_DEPTHS
    text: Path = DEFAULT_TEXT
    chunks: int = DEFAULT_CHUNKS
    """of the text; 0 = all"""
    threads: int | None = None

    def __post_init__(self) -> None:
        _within("number of tokens of an answer", self.n_predict, 1, MAX_PREDICT)
        _within("number of chunks", self.chunks, 0, 1 << 20)
        _within("number of prompts", len(self.prompts), 0, MAX_PROMPTS)
        _within("number of depths", len(self.depths), 1, 32)
        for depth in self.depths:
            _within("depth", depth, 0, MAX_DEPTH)
        unknown = sorted(self.what - set(WHAT))
        if unknown:
            raise UsageError(f"Nothing is called {unknown[0]!r} here.", f"Known: {', '.join(WHAT)}")

    def read_text(self) -> str:
        """What is scored, and what is read where speed is measured.

        Raises:
            UsageError: it cannot be read, or is no UTF-8 text.
        """
        from llamachat.engine.scoring import text_of  # flags are parsed without it

        return text_of(self.text)

    def check_text(self) -> None:
        """Refuse a text that is too short for any model before the first is loaded.

        Raises:
            UsageError: as `read_text` does, too.
        """
        from llamachat.engine.scoring import N_CTX

        size = len(self.read_text().encode())
        if "perplexity" in self.what and size + 2 < 2 * N_CTX:  # a token has a byte, but for two
            raise UsageError(
                f"{self.text} has {size:,} bytes, and {2 * N_CTX:,} tokens are needed.",
                "Name a longer one with --text, or add --skip perplexity",
            )


def depths_within(depths: tuple[int, ...], n_ctx: int) -> tuple[int, ...]:
    """Those that leave room for what is written, others as deep as the context allows; in order."""
    most = max(0, n_ctx - N_DECODE - 1)
    return tuple(sorted({min(depth, most) for depth in depths}))


def context_for(settings: Settings, trained: int) -> int:
    """Tokens of context that the measurements need; 0 for the model's own is never asked.

    A token has at least two bytes of ordinary text; what a chat form adds is below 1,024 tokens.
    """
    longest = max((len(prompt.encode()) for prompt in settings.prompts), default=0)
    needed = max(max(settings.depths) + N_DECODE + 1, longest // 2 + settings.n_predict + 1024)
    return min(needed, trained) if trained > 0 else needed


def _within(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"The {what} must be between {least:,} and {most:,}, not {value:,}.")
