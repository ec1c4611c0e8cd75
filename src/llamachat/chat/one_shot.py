"""One-shot mode: from what the command line wants to the prompt of a single answer.

The first that applies: a prompt template that was asked for · raw completion (-no-cnv) · the
model's chat template (-sys, -cnv) · the prompt template that the model's metadata names · the
model's chat template · raw completion. Knows nothing of flags or engines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message, well_formed
from llamachat.chat.prompt_library import prompt_templates, read_prompt_template
from llamachat.chat.rendering import renderer
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt, raw_prompt

METADATA_KEY = "llamachat.prompt_template"
"""names the prompt template that a model was trained for"""

Conversation = Literal["auto", "on", "off"]
"""-cnv is on, -no-cnv is off"""


@dataclass(frozen=True, slots=True)
class OneShot:
    """All that `Engine.generate` needs; `params` still lacks what the command line says."""

    prompt: Prompt
    params: GenerateParams
    dialog: Dialog | None
    """the form the text was put into; None = raw completion"""


def one_shot(
    text: str,
    info: EngineInfo,
    *,
    dialog: Dialog | None = None,
    conversation: Conversation = "auto",
    system: str = "",
) -> OneShot:
    """The prompt for one text. `dialog` is an explicit prompt template, filled.

    Raises:
        UsageError: the chat form is wanted, and the model carries no chat template.
        ModelError: its chat template cannot be used.
    """
    form = dialog or choose_dialog(info, conversation=conversation, system=system)
    if form is None:
        return OneShot(raw_prompt(text), GenerateParams(), None)
    form = form.settled(has_chat_template=info.chats)
    messages = [Message("system", system)] if system else []
    messages.append(Message("user", well_formed(text)))
    params = replace(form.params(), context_shift=False)
    return OneShot(renderer(form, info)(messages), params, form)


def choose_dialog(
    info: EngineInfo, *, conversation: Conversation = "auto", system: str = ""
) -> Dialog | None:
    """The dialog of a model where no prompt template was asked for; None = raw completion."""
    if conversation == "off":
        return None
    wanted = bool(system) or conversation == "on"
    named = None if wanted and info.chats else named_dialog(info)
    if named is None and (wanted or info.chats):
        return Dialog(form="chat")
    return named


def named_dialog(info: EngineInfo) -> Dialog | None:
    """The prompt template that the model's metadata names, if it is here and needs no values.

    Only a name, never a path: the metadata come with the model.
    """
    path = prompt_templates().get(info.metadata.get(METADATA_KEY, ""))
    if path is None:
        return None
    template = read_prompt_template(path)
    return None if template.missing({}) else template.fill()
