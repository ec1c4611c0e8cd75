"""Which turns of a dialog still fit into the context of a server.

As in the engine's own context: whole turns go, the oldest first, never the preamble (turn 0) and
never the last one. An eighth of the context is kept for the answer, for a server drops nothing
while it writes; where turns must go, a quarter becomes free. What was dropped stays dropped, so
that the beginning of the prompt keeps its tokens and the server can reuse what it has evaluated.
Knows how many tokens the whole has; the parts are taken in proportion. Knows no server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llamachat.engine.base import Trimmed
from llamachat.engine.prompt import Prompt
from llamachat.engine.remote.counting import size
from llamachat.errors import UsageError

SPARE = 8
"""tokens of the context for the beginning of an answer"""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits, and what had to go for it now."""

    prompt: Prompt
    tokens: int
    trimmed: Trimmed | None = None


class Forgetting:
    """Of one dialog at a time."""

    def __init__(self) -> None:
        self.gone: tuple[str, ...] = ()
        """texts of the oldest turns, which were dropped before"""

    def fit(
        self, prompt: Prompt, count: Callable[[Prompt], int], n_ctx: int, *, drop: bool
    ) -> Fitted:
        """Raises UsageError where it does not fit, whatever may be dropped."""
        turns = sorted({part.turn for part in prompt if part.turn})
        most = len(turns) - 1 if drop and turns else 0
        limit = n_ctx - min(SPARE, n_ctx // 2)
        room = n_ctx - n_ctx // 8 if most else limit
        certain = size(prompt) + SPARE * len(prompt) <= room  # a token has a byte or more
        tokens = 0 if certain else count(prompt)
        if tokens <= room:
            self.gone = ()
            return Fitted(prompt, tokens)
        texts = tuple(_text(prompt, turn) for turn in turns)
        before = len(self.gone) if texts[: len(self.gone)] == self.gone else 0

        def left(gone: int) -> int:
            kept = _without(prompt, turns[:gone])
            return round(tokens * size(kept) / max(size(prompt), 1))

        gone = before = min(before, most)
        if left(before) > room:
            targets = (n_ctx - n_ctx // 4, room, limit)
            tries = ((gone, target) for target in targets for gone in range(before, most + 1))
            gone = next((gone for gone, target in tries if left(gone) <= target), most)
        if left(gone) > limit:
            raise _too_long(left(gone), n_ctx, limit)
        self.gone = texts[:gone]
        fresh = Trimmed(tuple(turns[before:gone]), left(before) - left(gone))
        kept = _without(prompt, turns[:gone])
        return Fitted(kept, left(gone), fresh if gone > before else None)


def _text(prompt: Prompt, turn: int) -> str:
    return "".join(part.text for part in prompt if part.turn == turn)


def _without(prompt: Prompt, turns: list[int]) -> Prompt:
    return tuple(part for part in prompt if part.turn not in turns)


def _too_long(tokens: int, n_ctx: int, limit: int) -> UsageError:
    return UsageError(
        f"The prompt has {tokens} tokens, but the context of {n_ctx} holds at most {limit}.",
        "Shorten it, or begin a new chat; how large the context is, the server decides.",
    )
