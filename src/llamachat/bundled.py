"""The model that comes with llamachat, and what takes its place while there is none.

Bob is a small demonstration model trained by the project. A checkout without him gets a generated
Llama with random weights in the cache folder: it runs, and babbles. Knows nothing of engines.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.paths import cache_dir

BOB = Path(__file__).parent / "weights" / "bob.gguf"

DEMO_NOTICE = (
    "Bob is a small demonstration model that comes with llamachat: expect short, simple answers.\n"
    "For a real assistant get a 7B model (4 GB) in GGUF form and run: llamachat -m MODEL.gguf"
)
STAND_IN_NOTICE = (
    "This copy of llamachat carries no model: a stand-in with random weights babbles instead.\n"
    "For a real assistant get a 7B model (4 GB) in GGUF form and run: llamachat -m MODEL.gguf"
)


def bundled_model() -> Path | None:
    """Bob's file; None in a checkout where he has not been built."""
    return BOB if BOB.is_file() else None


def stand_in() -> Path:
    """A generated model (1 MB), written at its first use."""
    path = cache_dir() / "stand-in.gguf"
    if not path.is_file():
        from llamachat.gguf.generated import TINY, write_generated_llama
        from llamachat.gguf.metadata import text

        path.parent.mkdir(parents=True, exist_ok=True)
        write_generated_llama(path, TINY, "q8_0", metadata={"general.name": text("stand-in")})
    return path


def default_model() -> tuple[Path, str]:
    """The model of a command line without -m, and what must be said about it."""
    found = bundled_model()
    return (found, DEMO_NOTICE) if found else (stand_in(), STAND_IN_NOTICE)
