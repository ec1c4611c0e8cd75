"""A model's own chat template (Jinja, out of its GGUF metadata), rendered to a prompt.

The template writes the structure, people and the model wrote the words; both come out as separate
segments, so that no words can become a special token. Where a template knows no system message its
text goes to the head of the first message. Templates are untrusted: whatever goes wrong in one is a
ModelError. Knows nothing of prompt templates or engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from llamachat.chat.message import Message, Role, turn_numbers, well_formed
from llamachat.chat.words import Separated, separate
from llamachat.engine.prompt import Prompt, Segment, content, scaffold
from llamachat.errors import ModelError

MAX_SOURCE = 1 << 20
"""characters of a chat template; the largest in use have 30,000"""


@dataclass(frozen=True, slots=True)
class _Row:
    """One message as the template gets it."""

    role: Role
    parts: tuple[str | int, ...]
    """literal text, or the number of a run of words"""

    @property
    def numbers(self) -> list[int]:
        return [part for part in self.parts if isinstance(part, int)]

    def text(self, words: Sequence[str]) -> str:
        return "".join(part if isinstance(part, str) else words[part] for part in self.parts)


class ChatTemplate:
    """Compiled once per model; the time that a template sees is that of its making.

    Raises (on construction and rendering):
        ModelError: the chat template is broken, refuses these messages or costs too much.
    """

    def __init__(self, source: str, *, bos: str = "", eos: str = "", adds_bos: bool = True) -> None:
        if len(source) > MAX_SOURCE:
            raise _unusable(f"it has {len(source)} characters")
        self._bos, self._eos, self._adds_bos = bos, eos, adds_bos
        from llamachat.chat.sandbox import ChatTemplateEnvironment  # imports jinja2: 25 ms

        environment = ChatTemplateEnvironment(datetime.now().astimezone())
        self._budget = environment.budget
        try:
            self._compiled = environment.compile_metered(source)
        except _failures() as error:
            raise _unusable(_reason(error)) from None

    def render(self, messages: Sequence[Message], *, pinned: int = 0) -> Prompt:
        """The whole prompt; where the last message is the user's, it asks for an answer.

        The first `pinned` messages belong to turn 0. A leading beginning-of-text token is left out
        where the engine adds it.
        """
        if not messages:
            return ()
        rows, words = _rows(messages)
        numbered = zip(rows, turn_numbers(messages, pinned=pinned), strict=True)
        turns = [turn for row, turn in numbered if row.numbers]
        separated = self._separate(rows, words)
        return _segments(separated, turns, self._bos if self._adds_bos else "")

    def _separate(self, rows: list[_Row], words: Sequence[str]) -> Separated:
        """The first variant of the messages that the template takes without losing words."""
        fault: ModelError | None = None
        lossy: Separated | None = None
        for variant in _variants(rows):
            try:
                separated = separate(partial(self._run, variant), words)
            except ModelError as error:
                fault = fault or error
                continue
            if rows[0].role != "system" or separated.shows(rows[0].numbers):
                return separated
            lossy = lossy or separated
        if lossy is None:
            raise fault or _unusable("it takes no messages")
        return lossy

    def _run(self, rows: Iterable[_Row], words: Sequence[str]) -> str:
        messages = [{"role": row.role, "content": row.text(words)} for row in rows]
        self._budget.renew()
        try:
            text = self._compiled.render(
                messages=messages,
                add_generation_prompt=messages[-1]["role"] == "user",
                bos_token=self._bos,
                eos_token=self._eos,
                tools=None,
                documents=None,
            )
            return well_formed(text)
        except _failures() as error:
            raise _unusable(_reason(error)) from None


def _rows(messages: Sequence[Message]) -> tuple[list[_Row], list[str]]:
    """White space around words stays literal, so that templates which trim do what they do."""
    rows: list[_Row] = []
    words: list[str] = []
    for message in messages:
        parts: tuple[str | int, ...] = (message.text,)
        if core := message.text.strip():
            before, _, after = message.text.partition(core)
            parts = (before, len(words), after)
            words.append(core)
        rows.append(_Row(message.role, parts))
    return rows, words


def _variants(rows: list[_Row]) -> Iterator[list[_Row]]:
    """The messages as they are, then as templates without system messages want them, then without
    questions that got no answer, which some templates refuse."""
    answered = [
        row
        for row, following in zip(rows, [*rows[1:], None], strict=True)
        if row.numbers
        and not (row.role == "user" and following is not None and not following.numbers)
    ]
    for kept in (rows,) if answered == rows else (rows, answered):
        yield kept
        if len(kept) > 1 and kept[0].role == "system" and kept[1].role == "user":
            merged = (*kept[0].parts, "\n\n", *kept[1].parts)
            yield [_Row("user", merged), *kept[2:]]


def _segments(separated: Separated, turns: Sequence[int], bos: str) -> Prompt:
    """Structure belongs to the turn of the words before it, so that whole turns can be dropped.

    Spaces before words belong to the words: they are the beginning of the first word's token.
    """
    first, *rest = separated.structure
    structure = [first.removeprefix(bos), *rest]
    prompt: list[Segment] = []
    turn = 0
    for piece, (number, text) in zip(structure[:-1], separated.words, strict=True):
        bare = piece.rstrip(" ")
        prompt.append(scaffold(bare, turn))
        turn = turns[number]
        prompt.append(content(piece[len(bare) :] + text, turn))
    prompt.append(scaffold(structure[-1], turn))
    return tuple(segment for segment in prompt if segment.text)


def _failures() -> tuple[type[Exception], ...]:
    """What the code of a template can raise."""
    from jinja2.exceptions import TemplateError

    return (
        TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError,
        RuntimeError, SyntaxError, TypeError, ValueError,
    )  # fmt: skip


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:200] or type(error).__name__
    line = getattr(error, "lineno", None)
    return f"{text} (line {line})" if line else text


def _unusable(reason: str) -> ModelError:
    return ModelError(
        f"The model's chat template cannot be used: {reason.rstrip('.')}.",
        "Talk to the model in a plain transcript instead: llamachat -T bob",
    )
