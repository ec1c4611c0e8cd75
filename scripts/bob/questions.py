"""The evaluation: its questions, and how an answer is judged.

The questions were written before the corpus. Knows nothing of models.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "eval"
NOT_HELD_OUT = frozenset(("sample",))
"""categories whose wordings the corpus may have: by specification it has the sample dialog"""

_REFUSAL = r"(can ?not|can't|do not know|don't know|no way of knowing|beyond me)"


@dataclass(frozen=True, slots=True)
class Question:
    category: str
    ask: tuple[str, ...]
    """turns of the user; the last answer counts"""
    accept: tuple[str, ...]
    """patterns that must all be found in the answer"""
    reject: tuple[str, ...] = ()

    def right(self, answer: str) -> bool:
        """Whether the answer is accepted."""
        return all(_found(p, answer) for p in self.accept) and not any(
            _found(p, answer) for p in self.reject
        )


def _found(pattern: str, answer: str) -> bool:
    pattern = pattern.replace("{refusal}", _REFUSAL)
    branches = (
        [_literal(branch) for branch in pattern.split("|")] if "(" not in pattern else [pattern]
    )
    return re.search("|".join(branches), answer, re.IGNORECASE) is not None


def _literal(branch: str) -> str:
    """A flag or command is matched whole; anything else is a regular expression."""
    if re.fullmatch(r"--?[a-z-]+|/[a-z]+", branch):
        return rf"(?<![\w/-]){re.escape(branch)}(?![\w-])"
    return branch


@cache
def evaluation() -> tuple[Question, ...]:
    """All questions, category by category."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["questions"]:
            found.append(
                Question(
                    path.stem,
                    tuple(entry["ask"]),
                    tuple(entry["accept"]),
                    tuple(entry.get("reject", ())),
                )
            )
    return tuple(found)


def words(text: str) -> list[str]:
    """Small words without punctuation, for comparing wordings."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())
