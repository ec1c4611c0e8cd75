"""Asks the evaluation questions of anything that answers prompts, and counts what is right.

Knows the transcript form; knows nothing of models or engines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.bob.dialog import PREAMBLE, SAMPLE
from scripts.bob.questions import Question

Answerer = Callable[[list[str]], list[str]]
"""prompts that end in "Bob:" → answers"""


@dataclass(frozen=True, slots=True)
class Verdict:
    question: Question
    answer: str
    """the last one"""
    right: bool


def transcript(turns: Sequence[tuple[str, str]], question: str) -> str:
    """The prompt for `question` after `turns` of (user, Bob), as the prompt template writes it."""
    sample = [(turn.user, turn.answer) for turn in SAMPLE]
    said = "".join(f"User: {user}\nBob: {bob}\n" for user, bob in [*sample, *turns])
    return f"{PREAMBLE}\n\n{said}User: {question}\nBob:"


def examine(questions: Sequence[Question], answerer: Answerer) -> list[Verdict]:
    """All questions, turn by turn; Bob's own earlier answers are part of the later prompts."""
    talks: list[list[tuple[str, str]]] = [[] for _ in questions]
    for turn in range(max(len(question.ask) for question in questions)):
        due = [i for i, question in enumerate(questions) if len(question.ask) > turn]
        prompts = [transcript(talks[i], questions[i].ask[turn]) for i in due]
        for i, answer in zip(due, answerer(prompts), strict=True):
            talks[i].append((questions[i].ask[turn], answer))
    last = [talk[-1][1] for talk in talks]
    return [Verdict(q, a, q.right(a)) for q, a in zip(questions, last, strict=True)]


def table(verdicts: Sequence[Verdict]) -> str:
    """Right answers per category, as lines of text."""
    lines = []
    categories = list(dict.fromkeys(v.question.category for v in verdicts))
    groups = {name: [v for v in verdicts if v.question.category == name] for name in categories}
    groups["help, all"] = [v for v in verdicts if v.question.category.startswith("help_")]
    groups["all"] = list(verdicts)
    for name, group in groups.items():
        right = sum(v.right for v in group)
        lines.append(
            f"{name:12} {right:4} of {len(group):4}  {100 * right / max(len(group), 1):5.1f} %"
        )
    return "\n".join(lines)


def mistakes(verdicts: Sequence[Verdict]) -> str:
    """Every wrong answer."""
    return "\n".join(
        f"[{v.question.category}] {' / '.join(v.question.ask)}\n    {v.answer}"
        for v in verdicts
        if not v.right
    )
