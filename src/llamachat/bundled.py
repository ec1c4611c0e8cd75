"""The model that comes with llamachat, and what takes its place while there is none.

Bob is a small demonstration model trained by the project. A checkout without him gets a generated
Llama with random weights in the cache folder: it runs, and babbles. Knows nothing of engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from llamachat.paths import cache_dir

BOB = Path(__file__).parent / "weights" / "bob.gguf"

_GET_ONE = "A real assistant takes 4 GB: llamachat models pull llama-2-7b-chat"
DEMO_NOTICE = f"Bob is a small demonstration model: expect short, simple answers.\n{_GET_ONE}"
STAND_IN_NOTICE = (
    "This copy of llamachat carries no model; a stand-in with random weights babbles.\n" + _GET_ONE
)
BABBLE = 48
"""tokens the stand-in says where no limit is given; by itself it would never end"""


@dataclass(frozen=True, slots=True)
class DefaultModel:
    """What speaks where no model was asked for."""

    path: Path
    notice: str
    """what must be said about it"""
    n_predict: int | None = None
    """a limit it needs"""


def bundled_model() -> Path | None:
    """Bob's file; None in a checkout where he has not been built."""
    return BOB if BOB.is_file() else None


def notice_of(model: Path) -> str:
    """What must be said about a model that was chosen: nothing, unless it is Bob."""
    try:
        return DEMO_NOTICE if model.samefile(BOB) else ""
    except OSError:  # one of them is not there
        return ""


def stand_in() -> Path:
    """A generated model (1.5 MB), written at its first use."""
    path = cache_dir() / "stand-in.gguf"
    if not path.is_file():
        from llamachat.gguf.generated import TINY, write_generated_llama
        from llamachat.gguf.metadata import text

        path.parent.mkdir(parents=True, exist_ok=True)
        write_generated_llama(path, TINY, "q8_0", metadata={"general.name": text("stand-in")})
    return path


def default_model() -> DefaultModel:
    """The model of a command line without -m."""
    found = bundled_model()
    return (
        DefaultModel(found, DEMO_NOTICE)
        if found
        else DefaultModel(stand_in(), STAND_IN_NOTICE, BABBLE)
    )
