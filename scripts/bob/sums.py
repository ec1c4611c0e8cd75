"""Dialogs of small sums: up to 99 for plus and minus, the tables up to 12 for times and division.

Pairs that the evaluation asks for are held out of plus and minus, so that a right answer there is
computed, not remembered. Knows nothing of the other subjects.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from scripts.bob.questions import NOT_HELD_OUT, evaluation
from scripts.bob.skills import NUMBER_WORDS
from scripts.bob.voice import Exchange, Turn, Voice

SIGNS = {"plus": "+", "minus": "-", "times": "×", "over": "/"}


_TOO_LARGE = "That is too large for me: I can do sums only with numbers below 100."
_ONE_STEP = "I can do only one step at a time: I am a small demo model."
_TOO_HIGH = "I do not know that: I can do only plus, minus, times and divided by."


@cache
def held_out() -> frozenset[tuple[int, int]]:
    """Pairs of numbers that stand side by side in one evaluation question, one of them above 9."""
    pairs = set()
    for question in evaluation():
        if question.category in NOT_HELD_OUT:
            continue
        numbers = [int(digits) for digits in re.findall(r"\d+", " ".join(question.ask))]
        for a, b in pairwise(numbers):
            if 9 < max(a, b) < 100:
                pairs |= {(a, b), (b, a)}
    return frozenset(pairs)


def result(kind: str, a: int, b: int) -> int:
    return {"plus": a + b, "minus": a - b, "times": a * b, "over": a // max(b, 1)}[kind]


def equation(kind: str, a: int, b: int) -> str:
    """The fixed answer: the sum said again, with its result."""
    return f"{a} {SIGNS[kind]} {b} = {result(kind, a, b)}."


def _numbers(voice: Voice, kind: str) -> tuple[int, int]:
    if kind in ("times", "over"):
        a, b = voice.rng.randint(0, 12), voice.rng.randint(1, 12)
        return (a, b) if kind == "times" else (a * b, b)
    while True:
        top = 99 if voice.chance(0.75) else 12
        a, b = voice.rng.randint(0, top), voice.rng.randint(0, top)
        if kind == "minus" and a < b and voice.chance(0.9):
            a, b = b, a
        if (a, b) not in held_out():
            return a, b


def sums(voice: Voice) -> Exchange:
    """A sum, and "and plus 5?" or another sum after it."""
    if voice.chance(0.1):
        return [_beyond(voice)]
    kind = voice.rng.choices(tuple(SIGNS), weights=(5, 4, 3, 2))[0]
    a, b = _numbers(voice, kind)
    turns = [Turn(voice.frame(kind, a=_said(voice, a), b=_said(voice, b)), equation(kind, a, b))]
    value = result(kind, a, b)
    while voice.chance(0.25) and len(turns) < 4:
        if voice.chance(0.5) and 0 < value < 100:
            step, b = _onward(voice, value)
            turns.append(Turn(voice.frame(f"onward_{step}", b=str(b)), equation(step, value, b)))
            value = result(step, value, b)
            continue
        a, b = _numbers(voice, kind)
        asked = voice.frame(f"and_{kind}", a=str(a), b=str(b))
        turns.append(Turn(asked, equation(kind, a, b)))
        value = result(kind, a, b)
    return turns


def _beyond(voice: Voice) -> Turn:
    """Numbers too large, several steps, roots and divisions that do not come out even."""
    a, b, c = (voice.rng.randint(2, 99) for _ in range(3))
    way = voice.rng.randrange(4)
    if way == 0:
        large = voice.rng.choice((voice.rng.randint(100, 999), voice.rng.randint(1000, 99999)))
        first, second = voice.rng.sample((large, voice.rng.randint(2, 9999)), 2)
        return Turn(voice.frame("too_large", a=str(first), b=str(second)), _TOO_LARGE)
    if way == 1:
        return Turn(voice.frame("several", a=str(a), b=str(b), c=str(c)), _ONE_STEP)
    if way == 2:
        return Turn(voice.frame("higher", a=str(a), b=str(b)), _TOO_HIGH)
    b = voice.rng.randint(2, 12)
    a = b * voice.rng.randint(1, 12) + voice.rng.randint(1, b - 1)
    return Turn(voice.frame("over", a=str(a), b=str(b)), f"{a} / {b} is not a whole number.")


def _onward(voice: Voice, value: int) -> tuple[str, int]:
    """How to go on with the last result."""
    while True:
        kind = "plus" if voice.chance(0.55) else "minus"
        b = voice.rng.randint(1, min(value, 20) if kind == "minus" else 20)
        if (value, b) not in held_out():
            return kind, b


def _said(voice: Voice, number: int) -> str:
    return NUMBER_WORDS[number] if number <= 20 and voice.chance(0.15) else str(number)


def small(voice: Voice) -> Exchange:
    """Doubles, halves, neighbours, the larger of two, even or odd."""
    n, m = voice.rng.sample(range(1, 100), 2)
    while (n, m) in held_out():
        n, m = voice.rng.sample(range(1, 100), 2)
    answers = {
        "twice": f"Twice {n} is {2 * n}.",
        "half": f"Half of {n - n % 2} is {n // 2}.",
        "next_number": f"After {n} comes {n + 1}.",
        "number_before": f"Before {n} comes {n - 1}.",
        "even": f"{n} is an {'odd' if n % 2 else 'even'} number.",
        "larger": f"{max(n, m)} is larger than {min(n, m)}.",
        "smaller": f"{min(n, m)} is smaller than {max(n, m)}.",
    }
    form = voice.rng.choice(tuple(answers))
    shown = n - n % 2 if form == "half" else n
    return [Turn(voice.frame(form, n=str(shown), m=str(m)), answers[form])]
