"""Which turns a context that fills up will lose next, in words.

The engine frees an eighth of the context at once, in whole turns, never the last one. How many
tokens a turn takes is judged by its share of the characters, so the last number is told as a guess.
Knows no engine and counts no tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message

FREED = 8
"""the part of the context that is freed at least, as `engine.context` does"""
MAX_QUOTED = 40
"""characters of a turn"""


@dataclass(slots=True)
class Turn:
    """What one turn puts into the context."""

    words: str
    """that begin it"""
    length: int
    """characters of all of it"""


def turns_of(dialog: Dialog, messages: Iterable[Message]) -> list[Turn]:
    """Turn 0, which is preamble and greeting, and those that follow."""
    kept = [part.text for part in dialog.preamble] + [said.text for said in dialog.greeting]
    turns = [Turn("", len("".join(kept)))]
    around = len(dialog.in_prefix + dialog.in_suffix + dialog.separator)
    for message in messages:
        if message.role == "user":
            turns.append(Turn(message.text, around))
        turns[-1].length += len(message.text)
    return turns


def next_to_go(turns: Sequence[Turn], *, gone: int, context_used: int, n_ctx: int) -> str:
    """One sentence; `turns` begin with turn 0, which never leaves, and `gone` is the newest one
    that has left already."""
    there = turns[gone + 1 :]
    if len(there) < 2:
        return "No older turn can go."
    tokens = context_used / max(1, sum(turn.length for turn in (*turns[:1], *there)))
    last, freed = 0, there[0].length * tokens
    while freed < n_ctx / FREED and last < len(there) - 2:
        last += 1
        freed += there[last].length * tokens
    first = f"“{_quoted(there[0].words)}”"
    if not last:
        return f"Next to go: turn {gone + 1}, {first}."
    return f"Next to go: turns {gone + 1} to about {gone + 1 + last}, {first} first."


def _quoted(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= MAX_QUOTED else line[: MAX_QUOTED - 1].rstrip() + "…"
