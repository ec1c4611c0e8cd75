"""Patterns that stand for many wordings, and the small English that fits them into frames.

`[a|b]` is a choice (an empty branch leaves the words out), `<rule>` a pattern by name, `{slot}` a
text put in by the caller. Knows nothing of facts or dialogs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

_TOKEN = re.compile(r"\[|\]|\||<[a-z_]+>|[^\[\]|<]+|<")

_IRREGULAR = {"go": "goes", "do": "does", "have": "has", "be": "is", "undo": "undoes"}
_DOUBLED = ("set", "run", "stop", "quit", "get", "put", "cut", "let", "drop", "swap", "cap", "shut",
            "split", "pin", "begin", "scan", "skip", "forget", "grep", "reset", "step")  # fmt: skip


class Grammar:
    """Expands patterns with the rules it was given; equal seeds give equal words."""

    def __init__(self, rules: Mapping[str, str]) -> None:
        self._rules = {name: parse(pattern) for name, pattern in rules.items()}

    def expand(self, pattern: str, rng: Random) -> str:
        """One wording of `pattern`, its slots still open."""
        text = " ".join(self._draw(parse(pattern), rng).split())
        return re.sub(r" ([,.:?!])", r"\1", text)

    def _draw(self, node: Choice | str, rng: Random) -> str:
        if isinstance(node, str):
            name = node[1:-1]
            known = node.startswith("<") and name in self._rules
            return self._draw(self._rules[name], rng) if known else node
        branch = node.branches[rng.randrange(len(node.branches))]
        return "".join(self._draw(part, rng) for part in branch)


def fill(text: str, slots: Mapping[str, str]) -> str:
    """The text with its slots filled; what is put in is not expanded."""
    for slot, value in slots.items():
        text = text.replace("{" + slot + "}", value)
    return text


class Choice:
    """A choice between branches; each branch is a sequence of texts and further choices."""

    __slots__ = ("branches",)

    def __init__(self, branches: Sequence[Sequence[Choice | str]]) -> None:
        self.branches = branches


@cache
def parse(pattern: str) -> Choice:
    """The tree of a pattern; raises ValueError where brackets do not match."""
    tokens = _TOKEN.findall(pattern)
    tree, end = _parse(tokens, 0, depth=0)
    if end != len(tokens):
        raise ValueError(f"unmatched ] in {pattern!r}")
    return tree


def _parse(tokens: list[str], at: int, *, depth: int) -> tuple[Choice, int]:
    branches: list[list[Choice | str]] = [[]]
    while at < len(tokens) and tokens[at] != "]":
        if tokens[at] == "[":
            inner, at = _parse(tokens, at + 1, depth=depth + 1)
            if at >= len(tokens):
                raise ValueError(f"unmatched [ in {''.join(tokens)!r}")
            branches[-1].append(inner)
        elif tokens[at] == "|" and depth:
            branches.append([])
        else:
            branches[-1].append(tokens[at])
        at += 1
    return Choice(branches), at


def third_person(phrase: str) -> str:
    """ "set the seed" → "sets the seed"."""
    verb, _, rest = phrase.partition(" ")
    if verb in _IRREGULAR:
        verb = _IRREGULAR[verb]
    elif verb.endswith(("s", "sh", "ch", "x", "z")):
        verb += "es"
    elif verb.endswith("y") and verb[-2:-1] not in "aeiou":
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return f"{verb} {rest}".strip()


def gerund(phrase: str) -> str:
    """ "set the seed" → "setting the seed"."""
    verb, _, rest = phrase.partition(" ")
    if verb in _DOUBLED:
        verb += verb[-1]
    elif verb.endswith("e") and not verb.endswith(("ee", "ye")) and verb != "be":
        verb = verb[:-1]
    return f"{verb}ing {rest}".strip()


def sentence(text: str) -> str:
    """The text with a capital first letter, unless it begins with a flag or a command."""
    return text[:1].upper() + text[1:]
