"""Writing prompt templates: always into a person's own folder, always a whole file at once.

A shipped prompt template is never changed; saving under its name makes an own copy that hides it.
What is saved need not be sound, so that nobody loses an hour of typing to a missing quote. Knows
nothing of editors or screens.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from llamachat.chat.prompt_library import (
    find_prompt_template,
    is_name,
    own_folder,
    prompt_templates,
    read_source,
)
from llamachat.errors import LlamaChatError, UsageError
from llamachat.text_file import write_whole

KEYS = """\
# A prompt template of your own, made from {base}. What can be written here:
#
#   description       one line for lists
#   form              "transcript" (names and text, for any model), "chat" (the model's own chat
#                     template) or "auto" (chat where the model can, else transcript)
#   preamble          what the model reads first; in a chat the system prompt
#   [roles]           user = "…", assistant = "…": the names, ${{user}} and ${{assistant}}
#   [[greeting]]      user = "…", assistant = "…": turns that are there from the start
#   reverse_prompts   texts at which an answer ends, never shown
#   in_prefix, in_suffix, separator
#                     what a transcript has before and after your words, and between two turns
#   [sampling]        temp = 0.7 and the like, under llama.cpp's names
#   [variables]       topic = "a default", or topic = {{ ask = "What about?", default = "tea" }};
#                     ${{topic}} stands for the value
#   n_keep, line_endings
#
# What is wrong: llamachat prompts check
# What the model is given: llamachat prompts show NAME --rendered

"""


def check_name(name: str) -> None:
    """Raises UsageError where a prompt template can not be called so."""
    if not is_name(name):
        raise UsageError(
            f"{name!r} can not be the name of a prompt template.",
            "Use letters, digits, spaces, and . _ - after the first character (at most 64).",
        )


def save_prompt_template(name: str, text: str) -> Path:
    """Write the text as the person's own prompt template of that name; returns the file.

    Raises:
        UsageError: the name is none.
        LlamaChatError: it cannot be written.
    """
    check_name(name)
    path = own_folder() / f"{name}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise LlamaChatError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Free some space, or check who may write into that folder.",
        ) from None
    return path


def new_prompt_template(name: str, base: str) -> Path:
    """A commented copy of another prompt template under a new name.

    Raises:
        UsageError: the name is taken or none, or there is no such base.
    """
    check_name(name)
    if name in prompt_templates():
        raise UsageError(
            f"There is a prompt template {name!r} already.",
            f"Edit it: llamachat prompts edit {shlex.quote(name)}",
        )
    return save_prompt_template(name, begun_from(base))


def begun_from(base: str) -> str:
    """The text of a new prompt template: another one below a list of all keys.

    Raises:
        UsageError: there is no such base, or it cannot be read.
    """
    return KEYS.format(base=base) + read_source(find_prompt_template(base))


def own_copy(name: str) -> Path:
    """The person's own file of a name; made from the shipped one where there is none.

    Raises:
        UsageError: no prompt template has this name.
    """
    path = find_prompt_template(name)
    if path.parent == own_folder() or name not in prompt_templates():
        return path
    return save_prompt_template(name, read_source(path))
