"""What the KV cache holds, and what must leave it when the context is full.

The token log is the engine's memory of its own cache: one token and one turn number per position.
A new prompt is matched against it by longest common prefix; where turns were dropped before, the
rest of the dialog still lies behind the preamble and is found there. Pure bookkeeping: nothing here
evaluates a token or touches llama.cpp.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from llamachat.errors import PromptTooLong, UsageError

SPARE_TOKENS = 4
"""llama-completion refuses prompts of more than n_ctx − 4 tokens; so do we"""


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """Length of the longest common prefix."""
    shorter = min(len(first), len(second))
    if first[:shorter] == second[:shorter]:
        return shorter
    return next(i for i in range(shorter) if first[i] != second[i])


@dataclass(slots=True)
class Tokens:
    """Tokens with the turn each belongs to; both lists have the same length, and the
    turns never go back."""

    ids: list[int] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def append(self, token: int, turn: int) -> None:
        self.ids.append(token)
        self.turns.append(turn)

    def slice(self, start: int, end: int | None = None) -> Tokens:
        return Tokens(self.ids[start:end], self.turns[start:end])

    def extend(self, other: Tokens) -> None:
        self.ids.extend(other.ids)
        self.turns.extend(other.turns)

    def remove(self, start: int, end: int) -> None:
        del self.ids[start:end]
        del self.turns[start:end]

    def truncate(self, length: int) -> None:
        self.remove(length, len(self))

    def preamble(self) -> int:
        """Length of the leading part that belongs to turn 0."""
        return self.start_of(1)

    def start_of(self, turn: int) -> int:
        """Position of the first token of this turn or a later one; the length if there is none."""
        return bisect_left(self.turns, turn)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a KV cache holds, for tests and for looking inside; no part of the contract."""

    tokens: tuple[int, ...]
    turns: tuple[int, ...]
    logits: tuple[float, ...]
    """of the last position; empty where it was not the last to be evaluated"""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a prompt goes into the context."""

    prompt: Tokens
    """what is left of the prompt: preamble and the newest turns"""
    dropped: tuple[int, ...]
    """turns that leave now (not those that were gone before)"""
    dropped_tokens: int
    shift: tuple[int, int] | None
    """positions [start, end) of the cache to remove, the rest moves down; None = nothing to move"""


def fit_prompt(prompt: Tokens, log: Tokens, *, n_ctx: int, drop: bool) -> Fit:
    """Decide which turns of `prompt` stay, reusing as much of `log` as possible.

    Turns that an earlier prompt dropped stay dropped as long as their successors are in the cache.
    When turns must go, enough go to free an eighth of the context, so that a long dialog does not
    shift on every turn.

    Raises:
        PromptTooLong: the preamble and the last turn alone are longer than the context.
        UsageError: the prompt is empty.
    """
    if not len(prompt):
        raise UsageError("The prompt is empty.", "This model does not begin a text by itself.")
    limit = n_ctx - SPARE_TOKENS
    head = prompt.preamble()
    present = sorted(set(prompt.turns[head:]))
    before = first = _first_cached_turn(prompt, log, head)
    if len(prompt) - _span(prompt, head, first) > limit:
        first = _first_fitting_turn(prompt, head, present, limit, n_ctx, drop)
    kept = prompt.slice(0, head)
    kept.extend(prompt.slice(head + _span(prompt, head, first)))
    gone = tuple(turn for turn in present if before <= turn < first)
    fresh = _span(prompt, head, first) - _span(prompt, head, before)
    return Fit(kept, gone, fresh if gone else 0, _shift(prompt, log, head, first))


def _span(prompt: Tokens, head: int, first: int) -> int:
    """Tokens between the preamble and turn `first`."""
    return prompt.start_of(first) - head if first else 0


def _first_cached_turn(prompt: Tokens, log: Tokens, head: int) -> int:
    """The turn that follows the preamble in the cache, if going on from there reuses more."""
    if len(log) <= head or log.ids[:head] != prompt.ids[:head]:
        return 0
    turn = log.turns[head]
    start = prompt.start_of(turn)
    if start == len(prompt) or prompt.turns[start] != turn:
        return 0
    whole = common_prefix(prompt.ids, log.ids)
    after = head + common_prefix(prompt.ids[start:], log.ids[head:])
    return turn if after >= whole and start > head else 0


def _first_fitting_turn(
    prompt: Tokens, head: int, present: Sequence[int], limit: int, n_ctx: int, drop: bool
) -> int:
    if drop:
        for target in (limit - n_ctx // 8, limit):
            for turn in present[1:]:
                if len(prompt) - _span(prompt, head, turn) <= target:
                    return turn
    needed = len(prompt) - (_span(prompt, head, present[-1]) if drop and present else 0)
    raise PromptTooLong(
        f"The prompt has {needed} tokens, but the context of {n_ctx} holds at most {limit}.",
        f"Shorten it, or make the context larger with -c {_next_size(needed)}.",
    )


def _next_size(tokens: int) -> int:
    return ((tokens + SPARE_TOKENS) // 1024 + 1) * 1024


def _shift(prompt: Tokens, log: Tokens, head: int, first: int) -> tuple[int, int] | None:
    """The part of the cache between the preamble and turn `first`, where the cache has both."""
    if not first or log.ids[:head] != prompt.ids[:head]:
        return None
    end = log.start_of(first)
    if end <= head or end == len(log):
        return None
    return head, end


def oldest_turns(log: Tokens, *, n_ctx: int) -> tuple[tuple[int, ...], int, int] | None:
    """While decoding into a full context: which turns go, as (turns, start, end) positions.

    Never the preamble, never the last turn; None where nothing may go.
    """
    head = log.preamble()
    turns = sorted(set(log.turns[head:]))
    for target in range(1, len(turns)):
        end = log.start_of(turns[target])
        if end - head >= n_ctx // 8 or target == len(turns) - 1:
            return tuple(turns[:target]), head, end
    return None


def half_of_the_rest(log: Tokens, *, n_keep: int) -> tuple[int, int] | None:
    """llama.cpp's shift for prompts without turns: keep n_keep, drop half of what follows."""
    discard = (len(log) - n_keep) // 2
    return (n_keep, n_keep + discard) if discard > 0 else None
