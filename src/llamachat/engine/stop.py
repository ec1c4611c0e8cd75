"""Reverse prompts (stop strings), matched on text while it streams.

One Aho-Corasick automaton over all stop strings: its state after each character is the longest tail
of the text that could still become a stop string, and exactly that tail is held back. The stop
string that is *complete* first wins; of several that end at the same character, the longest. So the
answer does not depend on how the text was cut into tokens, and no token beyond the stop string is
needed to decide. Knows nothing of tokens, roles or turns; white space before a match is left to the
caller.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from llamachat.errors import UsageError


@dataclass(slots=True, eq=False)
class _State:
    """A beginning of some stop string."""

    depth: int = 0
    following: dict[str, _State] = field(default_factory=dict)
    fallback: _State | None = None
    """the longest proper tail that is a beginning too; None at the root"""
    matched: tuple[str, int] | None = None
    """the longest stop string that ends here, as it was given, and the characters it covers"""


class ReversePrompts:
    """Cuts a stream of text before the first stop string.

    Spaces and tabs at the end of a stop string do not matter: models put the space into the next
    token. Line breaks there do.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        self._root = _automaton(tuple(stops))
        self._state = self._root
        self._held = ""
        self._stop = ""

    @property
    def matched(self) -> str:
        """The stop string that ended the text, as it was given; empty while there is none."""
        return self._stop

    def push(self, text: str) -> str:
        """Take more text; return what may be shown now. After a match that is nothing."""
        if self._stop:
            return ""
        if not self._root.following:
            return text
        pending = self._held + text
        for end, character in enumerate(text, start=len(self._held) + 1):
            self._state = self._step(character)
            if self._state.matched:
                self._stop, length = self._state.matched
                self._held = ""
                return pending[: end - length]
        shown = len(pending) - self._state.depth
        self._held = pending[shown:]
        return pending[:shown]

    def finish(self) -> str:
        """The text is over without a match: release what was held back."""
        released, self._held, self._state = self._held, "", self._root
        return released

    def _step(self, character: str) -> _State:
        state: _State | None = self._state
        while state is not None:
            following = state.following.get(character)
            if following is not None:
                return following
            state = state.fallback
        return self._root


def _automaton(stops: tuple[str, ...]) -> _State:
    root = _State()
    for stop in stops:
        if not stop:
            raise UsageError(
                "A reverse prompt must not be empty.", 'Give some text, as in -r "User:".'
            )
        state = root
        covered = stop.rstrip(" \t") or stop
        for character in covered:
            state = state.following.setdefault(character, _State(state.depth + 1))
        state.matched = state.matched or (stop, len(covered))
    _link(root)
    return root


def _link(root: _State) -> None:
    """Set the fallbacks, nearest to the root first."""
    queue = deque([root])
    while queue:
        state = queue.popleft()
        for character, following in state.following.items():
            fallback = state.fallback
            while fallback is not None and character not in fallback.following:
                fallback = fallback.fallback
            following.fallback = fallback.following[character] if fallback else root
            following.matched = following.matched or following.fallback.matched
            queue.append(following)
