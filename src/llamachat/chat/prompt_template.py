"""Prompt templates: the TOML files in which a person writes down how a dialog goes.

    description = "what it is for"
    form = "transcript"                 # or "chat": the model's own chat template; or "auto"
    preamble = "Transcript of a dialog between ${user} and ${assistant}.\\n\\n"
    reverse_prompts = ["${user}:"]
    in_prefix = "${user}: "             # before the words of the user
    in_suffix = "\\n${assistant}:"       # after them
    separator = "\\n"                    # between two turns
    n_keep = -1
    line_endings = true                 # a trailing / or \\ means what it does in llama.cpp
    [roles]
    user = "User"
    assistant = "Bob"
    [[greeting]]                        # turns that are there from the start
    user = "Hello, ${assistant}."
    assistant = "Hello."
    [sampling]                          # llama.cpp's names
    temp = 0.7
    [variables]                         # besides ${user}, ${assistant} and ${date}
    city = "Paris"
    topic = { ask = "What is it about?" }

This is the checked value; `prompt_parser` reads the text. Knows nothing of files and folders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from llamachat.chat.dialog import Dialog
from llamachat.chat.placeholders import fill, split
from llamachat.engine.prompt import Segment, content, prompt_text, scaffold
from llamachat.errors import UsageError

BUILT_IN = ("user", "assistant", "date")
MAX_ROLE = 64
"""characters of a role's name"""


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that the author of a prompt template left open."""

    name: str
    default: str | None = None
    """None = it must be given"""
    ask: str = ""
    """the question to put to the person"""


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A checked file; `fill` makes a dialog of it."""

    name: str
    description: str
    source: str
    """where it came from, for messages"""
    unfilled: Dialog
    """placeholders still in its texts"""
    variables: tuple[Variable, ...] = ()
    """own ones: declared, then those that are only used"""

    def missing(self, values: Mapping[str, str]) -> tuple[Variable, ...]:
        """What must still be given."""
        return tuple(v for v in self.variables if v.default is None and v.name not in values)

    def asked(self, values: Mapping[str, str]) -> tuple[Variable, ...]:
        """What a person is asked for before a chat: what is missing, and what has a question."""
        return tuple(
            v for v in self.variables if v.name not in values and (v.default is None or v.ask)
        )

    def fill(self, values: Mapping[str, str] | None = None, today: date | None = None) -> Dialog:
        """The dialog with every placeholder replaced.

        Raises:
            UsageError: values are missing (all are listed), or one is given that is not used.
        """
        values = values or {}
        self._refuse_unknown(values)
        if missing := self.missing(values):
            names = [variable.name for variable in missing]
            raise UsageError(
                f"The prompt template {self.name} needs values for {', '.join(names)}.",
                f"Give them on the command line: {' '.join(f'--set {n}=…' for n in names)}",
            )
        unfilled, day = self.unfilled, today or date.today()
        known = {variable.name: variable.default or "" for variable in self.variables}
        known |= {"date": f"{day.day} {day:%B %Y}"}
        known |= {"user": unfilled.user, "assistant": unfilled.assistant, **values}
        for role in ("user", "assistant"):
            check_role(known[role], f"The name of the {role}")
        return replace(
            unfilled,
            user=known["user"],
            assistant=known["assistant"],
            preamble=tuple(_preamble(prompt_text(unfilled.preamble), known)),
            greeting=tuple(replace(m, text=fill(m.text, known)) for m in unfilled.greeting),
            reverse_prompts=tuple(fill(text, known) for text in unfilled.reverse_prompts),
            in_prefix=fill(unfilled.in_prefix, known),
            in_suffix=fill(unfilled.in_suffix, known),
            separator=fill(unfilled.separator, known),
        )

    def _refuse_unknown(self, values: Mapping[str, str]) -> None:
        known = [*BUILT_IN, *(variable.name for variable in self.variables)]
        for name in values:
            if name not in known:
                raise UsageError(
                    f"The prompt template {self.name} has no variable {name!r}.",
                    f"It has {', '.join(known)}.",
                )


def _preamble(text: str, known: Mapping[str, str]) -> Iterator[Segment]:
    """Values of own variables are content: whatever they hold stays text."""
    structure = ""
    for literal, name in split(text):
        structure += literal
        if name in BUILT_IN:
            structure += known[name]
        elif name:
            yield scaffold(structure)
            yield content(known[name])
            structure = ""
    yield scaffold(structure)


def check_role(name: str, what: str) -> None:
    """Raises UsageError where this can not be the name of a role."""
    if not name or name != name.strip() or len(name) > MAX_ROLE or "\n" in name or "${" in name:
        raise UsageError(
            f"{what} must be one line of 1 to {MAX_ROLE} characters, without spaces around it."
        )
