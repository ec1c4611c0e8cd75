"""What a model would be given: a prompt template rendered with a stand-in for what is still open.

Missing values are shown as ‹name›, the words of the person as an ellipsis. Without a model that
carries a chat template the messages of a chat are listed under their roles. Knows nothing of
screens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.prompt_parser import PromptTemplateError, parse_prompt_template
from llamachat.chat.prompt_template import PromptTemplate, Variable
from llamachat.chat.rendering import renderer
from llamachat.chat.transcript import render_transcript
from llamachat.config.table import TomlFault
from llamachat.engine.base import EngineInfo
from llamachat.engine.prompt import Prompt, Segment, content, prompt_text, scaffold
from llamachat.errors import LlamaChatError

SAMPLE = Message("user", "…")


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered prompt template."""

    prompt: Prompt
    missing: tuple[Variable, ...]
    """what is shown as ‹name›"""
    listed: bool = False
    """messages under their roles, since no chat template is at hand"""


def preview(
    template: PromptTemplate,
    values: Mapping[str, str] | None = None,
    *,
    info: EngineInfo | None = None,
    messages: Sequence[Message] = (SAMPLE,),
) -> Preview:
    """The prompt of a dialog that has just begun.

    Raises:
        UsageError: a value is not used, or can not be the name of a role.
        ModelError: the model's chat template is broken.
    """
    values = values or {}
    missing = template.missing(values)
    dialog = template.fill({**{v.name: f"‹{v.name}›" for v in missing}, **values})
    has_chat_template = bool(info and info.chats)
    dialog = dialog.settled(has_chat_template=has_chat_template)
    if dialog.form == "chat" and not has_chat_template:
        return Preview(tuple(_listed(dialog, messages)), missing, listed=True)
    render = renderer(dialog, info) if info else partial(render_transcript, dialog)
    return Preview(render(messages), missing)


def _listed(dialog: Dialog, messages: Sequence[Message]) -> Iterator[Segment]:
    system = prompt_text(dialog.preamble).strip()
    before = [Message("system", system)] if system else []
    said = [*before, *dialog.greeting, *messages]
    for number, message in enumerate(said):
        gap = "\n\n" if number else ""
        yield scaffold(f"{gap}[{message.role}]\n")
        yield content(message.text)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A text looked at while it is being written."""

    faults: tuple[TomlFault, ...] = ()
    error: str = ""
    """what is wrong without a place in the text"""
    preview: Preview | None = None
    """None where something is wrong"""


def inspect_text(text: str, *, name: str, info: EngineInfo | None = None) -> Inspection:
    """Everything that is wrong with the text of a prompt template, or the prompt it makes."""
    try:
        template = parse_prompt_template(text, name=name, source=f"{name}.toml")
        return Inspection(preview=preview(template, info=info))
    except PromptTemplateError as error:
        return Inspection(faults=error.faults)
    except LlamaChatError as error:
        return Inspection(error=str(error))
