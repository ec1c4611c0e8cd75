"""How people really type: capitals or none, a question mark or none, courtesy, slips of the finger.

Turns a bare question into one of many surface forms. Knows nothing of what it asks.
"""

from __future__ import annotations

import re
from random import Random

from scripts.bob.grammar import sentence

_ASKS = re.compile(
    r"^(how|what|what's|which|who|where|when|why|is|are|can|could|may|does|do|did|will|would|should|"
    r"has|have|on which|in which|at which|of which|and|shall|must|suppose)\b",
    re.IGNORECASE,
)
_FIXED = re.compile(r"[-/\\<>{}_=+$*\d\"'.,:;?!]|[A-Z]{2}")
_OPENINGS = (
    "please, ", "Bob, ", "hi, ", "hello, ", "hey, ", "so, ", "ok, ", "well, ", "now ", "hm, ",
    "tell me, ", "a question: ", "one question: ", "quick question: ", "excuse me, ", "sorry, ",
    "thanks. ", "and now, ", "another thing: ", "next: ", "I wonder, ", "next question: ",
    "hi Bob, ", "Hello Bob. ",
)  # fmt: skip
_CLOSINGS = (
    ", please", " please", ", Bob", " now", ", thanks", " again", ", do you know", " then",
    ", can you tell me", " in llamachat", " with llamachat", " here", " in this program",
    ", any idea", ", if I may ask",
)  # fmt: skip
_BEFORE = (
    *(
        "I am new here. ",
        "I have a question. ",
        "I use Linux. ",
        "Sorry to bother you. ",
        "Hello! ",
    ),
    *(
        "I looked in the help. ",
        "My question is simple. ",
        "I have a laptop. ",
        "Good morning Bob. ",
    ),
    *("Thanks for that. ", "I need your help. ", "Something else. ", "I am not an expert. "),
    *("One more thing. ", "I could not find it. ", "Help me please. ", "I am confused. "),
    *("I like this program. ", "My friend asked me. ", "It is my first day. ", "Just wondering. "),
    *("Maybe a silly question. ", "I read the manual twice. ", "It must be easy. ", "I give up. "),
    *("That does not work for me. ", "I am in a hurry. ", "You know a lot. ", "Let me ask this. "),
)
_AFTER = (
    *(" Thanks!", " Thank you.", " I hope you can help.", " I can't find it.", " It is urgent."),
    *(
        " I am new to this.",
        " Please help.",
        " Thanks in advance.",
        " I forgot it.",
        " Do you know?",
    ),
    *(" I have tried for an hour.", " It would help me a lot.", " My boss wants to know."),
    *(" I am curious.", " Nobody could tell me.", " I don't see it.", " Any hint is welcome."),
)
_FILLERS = (
    *("actually", "really", "somehow", "perhaps", "basically", "maybe", "simply", "by the way"),
    *("if possible", "for my work", "on my laptop", "in general", "for a friend", "at home"),
    *("for my thesis", "as quickly as possible", "without much trouble", "at all", "I guess"),
    *(
        "at work",
        "for the first time",
        "in the end",
        "of course",
        "after all",
        "you know",
        "kindly",
    ),
)
_SMALL_WORDS = frozenset(("the", "a", "an", "of", "to", "do", "is", "I", "my", "for", "it", "are"))


def spoken(question: str, rng: Random) -> str:
    """One surface form of a question."""
    text = question
    chance = rng.random()
    if chance < 0.05:
        text = _filled(text, rng)
    elif chance < 0.09:
        text = _clipped(text, rng)
    if rng.random() < 0.10:
        text = _opening(rng) + text
    if rng.random() < 0.07 and not text.endswith((".", "?", "!", "please")):
        text += rng.choice(_CLOSINGS)
    style = rng.random()
    asks = bool(_ASKS.match(question))
    if style < 0.05:
        return rng.choice(_BEFORE) + sentence(text) + _mark(text, asks, rng)
    if style < 0.08:
        return sentence(text) + (_mark(text, True, rng)) + rng.choice(_AFTER)
    if style < 0.50:
        return sentence(text) + _mark(text, asks, rng)
    if style < 0.60:
        return sentence(_slips(text, rng)) + rng.choice(("?", "", "."))
    if style < 0.66:
        return _slips(_lower(text), rng)
    if style < 0.72:
        return _lower(text) + rng.choice(("?", "?", " ?", "!", "."))
    return _lower(text) if style < 0.94 else sentence(text)


def _filled(text: str, rng: Random) -> str:
    """With words that say nothing, somewhere in it or at its end."""
    words = text.split(" ")
    at = rng.choice((len(words), rng.randint(1, len(words))))
    return " ".join([*words[:at], rng.choice(_FILLERS), *words[at:]])


def _clipped(text: str, rng: Random) -> str:
    """Without one of its small words."""
    words = text.split(" ")
    small = [i for i, word in enumerate(words) if word in _SMALL_WORDS]
    if small and len(words) > 3:
        del words[rng.choice(small)]
    return " ".join(words)


def _mark(text: str, asks: bool, rng: Random) -> str:
    if text.endswith((".", "?", "!")):
        return ""
    return "?" if asks or rng.random() < 0.4 else "."


def _opening(rng: Random) -> str:
    return rng.choice(_OPENINGS)


def _lower(text: str) -> str:
    """All small, except words that mean something else then (flags, codes, constants)."""
    return " ".join(word if _FIXED.search(word[:-1]) else word.lower() for word in text.split(" "))


def _slips(text: str, rng: Random) -> str:
    """One slip of the finger, or two."""
    return slip(slip(text, rng) if rng.random() < 0.3 else text, rng)


def slip(text: str, rng: Random) -> str:
    """One slip of the finger in a longer plain word."""
    words = text.split(" ")
    plain = [i for i, word in enumerate(words) if len(word) > 3 and re.fullmatch("[a-z]+", word)]
    if not plain:
        return text
    at = rng.choice(plain)
    word = words[at]
    i = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        word = word[:i] + word[i + 1 :]
    elif kind == 1:
        word = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    elif kind == 2:
        word = word[:i] + word[i] + word[i:]
    else:
        word = word[:i] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[i + 1 :]
    words[at] = word
    return " ".join(words)
