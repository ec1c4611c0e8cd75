"""A dialog as plain messages, for an engine that puts them into a chat template itself.

Each message is one segment that names its role; what stands between them is for people to read and
is not sent. Knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message, turn_numbers
from llamachat.engine.prompt import Prompt, Segment, prompt_text, scaffold


def all_messages(dialog: Dialog, messages: Sequence[Message]) -> tuple[list[Message], int]:
    """Preamble, greeting and what was said; and how many of them belong to turn 0.

    The preamble is the system message, unless the messages begin with one.
    """
    system = prompt_text(dialog.preamble).strip()
    if messages and messages[0].role == "system":
        system, messages = messages[0].text, messages[1:]
    before = [Message("system", system)] if system else []
    pinned = [*before, *dialog.greeting]
    return [*pinned, *messages], len(pinned)


def render_messages(dialog: Dialog, messages: Sequence[Message]) -> Prompt:
    """The whole prompt; nothing where nothing is said."""
    said, pinned = all_messages(dialog, messages)
    prompt: list[Segment] = []
    turn = 0
    for message, number in zip(said, turn_numbers(said, pinned=pinned), strict=True):
        gap = "\n\n" if prompt else ""
        prompt.append(scaffold(f"{gap}[{message.role}]\n", turn))
        prompt.append(Segment(message.text, "content", number, message.role))
        turn = number
    return tuple(prompt)
