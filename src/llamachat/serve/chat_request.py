"""POST /v1/chat/completions: the body, read and checked.

Words of messages stay content, so that nobody can forge a turn. A last message of the assistant is
the beginning of the answer, which goes on from there. Tools and images are refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message, Role, well_formed
from llamachat.chat.rendering import Renderer, renderer
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt, content, scaffold
from llamachat.errors import ModelError
from llamachat.serve.asked import MAX_TOP, Asked, read_params, read_stream
from llamachat.serve.fields import Fields
from llamachat.serve.refusal import invalid, unsupported

MAX_MESSAGES = 10_000

_ROLES: dict[str, Role] = {
    "system": "system", "developer": "system", "user": "user", "assistant": "assistant",
}  # fmt: skip

_UNSUPPORTED = {
    "tools": "Tool calls are",
    "functions": "Tool calls are",
    "function_call": "Tool calls are",
    "audio": "Audio is",
    "prediction": "Predicted outputs are",
    "web_search_options": "Web search is",
}


@dataclass(frozen=True, slots=True)
class Form:
    """How the messages of a chat are given to this model."""

    dialog: Dialog
    """settled: a transcript, or the model's chat template"""
    params: GenerateParams
    """what a request leaves open"""

    @property
    def is_transcript(self) -> bool:
        return self.dialog.form == "transcript"


def read_chat(fields: Fields, form: Form, info: EngineInfo) -> Asked:
    """A request for the next message of a chat.

    Raises:
        Refusal: a field is wrong.
        ModelError: the model's chat template is broken.
    """
    _refuse_unsupported(fields)
    sending = read_stream(fields)
    params = read_params(fields, form.params, info)
    top = _top(fields)
    messages = _messages(fields)
    fields.finish()
    return Asked(
        prompt=_prompt(messages, form.dialog, info),
        params=params if top is None else replace(params, n_probs=max(top, 1)),
        top=top,
        trims=form.is_transcript,
        **sending,
    )


def _refuse_unsupported(fields: Fields) -> None:
    for name, what in _UNSUPPORTED.items():
        found = fields.raw(name)
        if found not in (None, [], "none"):
            raise unsupported(name, what)
    if fields.raw("tool_choice") not in (None, "none", "auto"):
        raise unsupported("tool_choice", "Tool calls are")
    fields.ignore("parallel_tool_calls", "verbosity", "reasoning_effort")
    if fields.raw("modalities") not in (None, ["text"]):
        raise unsupported("modalities", "Anything but text is")


def _top(fields: Fields) -> int | None:
    """Alternatives to show with each token; None where no log probabilities are wanted."""
    wanted, top = fields.switch("logprobs"), fields.whole("top_logprobs", 0, MAX_TOP)
    if top is not None and not wanted:
        raise invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.")
    return (top or 0) if wanted else None


def _messages(fields: Fields) -> list[Message]:
    rows = fields.items("messages")
    if not rows or len(rows) > MAX_MESSAGES:
        raise fields.refuse("messages", f"an array of 1 to {MAX_MESSAGES} messages")
    messages = []
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise invalid(f"messages[{number}]", f"'messages[{number}]' must be an object.")
        messages.append(_message(Fields(row, f"messages[{number}]")))
    return messages


def _message(row: Fields) -> Message:
    role = row.text("role")
    if role in ("tool", "function"):
        raise unsupported(row.path("role"), "Tool calls are")
    if role not in _ROLES:
        raise row.refuse("role", f"one of {', '.join(_ROLES)}")
    for name in ("tool_calls", "function_call"):
        if row.raw(name) not in (None, []):
            raise unsupported(row.path(name), "Tool calls are")
    row.ignore("name", "annotations", "reasoning_content")
    message = Message(_ROLES[role], well_formed(_text(row)))
    row.finish()
    return message


def _text(row: Fields) -> str:
    """Plain text, or the text parts of a message joined."""
    found = row.raw("content")
    if isinstance(found, str):
        return found
    if found is None and row.raw("role") == "assistant":
        return ""
    if not isinstance(found, list):
        raise row.refuse("content", "a string or an array of parts")
    texts = []
    for number, part in enumerate(found):
        path = f"{row.path('content')}[{number}]"
        if not isinstance(part, dict):
            raise invalid(path, f"{path!r} must be an object.")
        inner = Fields(part, path)
        kind = inner.text("type")
        if kind in ("image_url", "input_audio", "file"):
            raise unsupported(inner.path("type"), "Anything but text is")
        text = inner.text("text")
        if kind != "text" or text is None:
            raise inner.refuse("type", "text, with the text in 'text'")
        inner.finish()
        texts.append(text)
    return "".join(texts)


def _prompt(messages: Sequence[Message], dialog: Dialog, info: EngineInfo) -> Prompt:
    begun = ""
    if messages[-1].role == "assistant":
        *messages, last = messages
        begun = last.text.strip() if dialog.form == "transcript" else last.text
    if not messages or messages[-1].role != "user":
        raise invalid("messages", "The last message, before the answer, must be the user's.")
    messages = _with_one_system(messages)
    if dialog.form == "transcript" and messages[0].role == "system":
        system = (content(messages[0].text), scaffold("\n\n"))
        dialog, messages = replace(dialog, preamble=system, greeting=()), messages[1:]
    prompt = _rendered(renderer(dialog, info), messages)
    if begun:
        space = " " if dialog.form == "transcript" else ""
        prompt = (*prompt, content(space + begun, prompt[-1].turn))
    return prompt


def _rendered(render: Renderer, messages: Sequence[Message]) -> Prompt:
    try:
        return render(messages)
    except ModelError as error:  # as where it wants roles to alternate
        raise invalid("messages", error.message) from None


def _with_one_system(messages: Sequence[Message]) -> list[Message]:
    """The system messages at the beginning as one."""
    texts = []
    for message in messages:
        if message.role != "system":
            break
        texts.append(message.text)
    head = [Message("system", "\n\n".join(texts))] if texts else []
    return [*head, *messages[len(texts) :]]
