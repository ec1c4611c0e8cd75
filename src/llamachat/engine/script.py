"""A script: the answers that ScriptedEngine gives, and the tokens it counts in.

A token is up to eight letters of a word or one other character, together with the space before it.
Knows nothing of caches, streams or time.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence

from llamachat.engine.context import Tokens
from llamachat.engine.prompt import Prompt, prompt_text

BOS, EOS = "<s>", "</s>"
_PIECES = re.compile(r"\s?\w{1,8}|\s?[^\w\s]|\s")


def pieces(text: str) -> list[str]:
    """The tokens of a text; joined they give it back."""
    return _PIECES.findall(text)


class Script:
    """Texts given in turn (starting over at the end), or a function of the prompt's text."""

    def __init__(self, answers: Sequence[str] | Callable[[str], str]) -> None:
        self._answers = answers if callable(answers) else _in_turn(answers)
        self._ids: dict[str, int] = {}

    def answer(self, prompt: Prompt, *, endless: bool) -> Iterable[str]:
        """The tokens of the next answer, EOS at the end; `endless` says it again and again."""
        words = pieces(self._answers(prompt_text(prompt)))
        return itertools.cycle(words or [" "]) if endless else [*words, EOS]

    def id(self, piece: str) -> int:
        return self._ids.setdefault(piece, len(self._ids))

    def spell(self, ids: Iterable[int]) -> list[str]:
        """What these tokens stand for."""
        known = list(self._ids)
        return [known[token] for token in ids]

    def tokenize(self, prompt: Prompt) -> Tokens:
        tokens = Tokens([self.id(BOS)], [0])
        for segment in prompt:
            for piece in pieces(segment.text):
                tokens.append(self.id(piece), segment.turn)
        return tokens


def _in_turn(answers: Sequence[str]) -> Callable[[str], str]:
    texts = itertools.cycle([answers] if isinstance(answers, str) else answers or [""])
    return lambda _prompt: next(texts)
