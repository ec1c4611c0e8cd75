"""How one dialog is written down for the model: who speaks, what comes first, where turns end.

A prompt template filled with its variables. Knows nothing of files, messages to come or engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from llamachat.chat.message import Message, Role
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt

Form = Literal["transcript", "chat", "auto"]
"""transcript: names and text, for any model · chat: the model's own chat template ·
auto: chat where the model carries a chat template, else transcript"""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A transcript is: preamble, then turns of `in_prefix` words `in_suffix` answer, with
    `separator` between two turns. A space at the end of `in_prefix` belongs to the words."""

    form: Form = "transcript"
    user: str = "User"
    assistant: str = "Assistant"
    preamble: Prompt = ()
    """turn 0, never dropped; the system message of a chat"""
    greeting: tuple[Message, ...] = ()
    """turns that were there before the person came; they belong to turn 0"""
    reverse_prompts: tuple[str, ...] = ()
    in_prefix: str = ""
    in_suffix: str = ""
    separator: str = ""
    n_keep: int = -1
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """fields of SamplingParams that the prompt template sets"""
    line_endings: bool = False
    """`\\` at the end of a message asks for one more line, `/` hands over in the same line"""

    def role_name(self, role: Role) -> str:
        """Who speaks; a classic opening may leave the assistant without a name."""
        names = {"user": self.user, "assistant": self.assistant}
        return names.get(role) or role.capitalize()

    def settled(self, *, has_chat_template: bool) -> Dialog:
        """With the form "auto" decided for a model; reverse prompts belong to the transcript."""
        if self.form != "auto":
            return self
        if not has_chat_template:
            return replace(self, form="transcript")
        bare = replace(self, in_prefix="", in_suffix="", separator="")
        return replace(bare, form="chat", reverse_prompts=())

    def params(self) -> GenerateParams:
        """How answers are generated unless somebody says otherwise."""
        return GenerateParams(
            stop=self.reverse_prompts,
            sampling=replace(SamplingParams(), **self.sampling),
            context_shift=True,
            n_keep=self.n_keep,
        )
