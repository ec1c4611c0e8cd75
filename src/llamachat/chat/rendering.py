"""From a dialog and what was said in it to the prompt, in the dialog's form and for one model.

Knows nothing of stores, streams or files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.messages_prompt import all_messages, render_messages
from llamachat.chat.transcript import render_transcript
from llamachat.engine.base import EngineInfo
from llamachat.engine.prompt import Prompt
from llamachat.errors import UsageError

if TYPE_CHECKING:
    from llamachat.chat.chat_template import ChatTemplate

Renderer = Callable[[Sequence[Message]], Prompt]


def renderer(dialog: Dialog, info: EngineInfo) -> Renderer:
    """What turns messages into prompts for this model.

    Raises:
        UsageError: the dialog wants a chat template, and the model carries none.
        ModelError: the model's chat template is broken.
    """
    dialog = dialog.settled(has_chat_template=info.chats)
    if dialog.form == "transcript":
        return partial(render_transcript, dialog)
    if info.server:
        return partial(render_messages, dialog)
    if not info.chat_template:
        raise UsageError(
            f"{info.name or 'This model'} carries no chat template.",
            "Talk to it in a plain transcript instead: llamachat -T bob",
        )
    from llamachat.chat.chat_template import ChatTemplate  # 8 ms, and Jinja with the first one

    chat_template = ChatTemplate(
        info.chat_template,
        bos=info.bos,
        eos=info.eos,
        adds_bos=info.metadata.get("tokenizer.ggml.add_bos_token") != "false",
    )
    return partial(_render_chat, chat_template, dialog)


def _render_chat(
    chat_template: ChatTemplate, dialog: Dialog, messages: Sequence[Message]
) -> Prompt:
    said, pinned = all_messages(dialog, messages)
    return chat_template.render(said, pinned=pinned)
