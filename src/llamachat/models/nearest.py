"""The names that somebody may have meant who typed another one. Knows nothing of what they name."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 3


def nearest(typed: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that what was typed is a part of, the shortest first; else the one that is
    spelled most like it."""
    import difflib  # 3 ms, only for errors

    word = typed.casefold()
    names = {name.casefold(): name for name in known}
    inside = sorted((name for name in names if len(word) > 1 and word in name), key=len)
    found = inside[:MOST] or difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return tuple(names[name] for name in found)


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """A question for a hint; empty where no name is near."""
    found = nearest(typed, known)
    return f"Did you mean {' or '.join(found)}?" if found else ""
