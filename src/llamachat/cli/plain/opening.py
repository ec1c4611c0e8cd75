"""How a plain dialog begins: in which form, with which preamble, and what is said first.

The classic way is kept: `-i -p "Transcript …" -r "User:"` makes the prompt the opening of a
transcript in which the reverse prompt names the person. Otherwise a prompt is the first message.
Knows nothing of terminals or engines in use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from llamachat.chat.dialog import Dialog
from llamachat.chat.one_shot import METADATA_KEY, choose_dialog, named_dialog
from llamachat.chat.prompt_library import load_prompt_template, name_of
from llamachat.cli.flags.given import Given
from llamachat.cli.form import asked_conversation, asked_dialog, asked_system, standing_dialog
from llamachat.cli.settings import escaped
from llamachat.engine.base import EngineInfo
from llamachat.engine.prompt import content, scaffold
from llamachat.errors import UsageError

DEFAULT_TEMPLATE = "bob"


@dataclass(frozen=True, slots=True)
class Opening:
    """A dialog and the message it begins with, if any."""

    dialog: Dialog
    first: str = ""
    prompt_template: str = ""
    """the name of the one that the dialog comes from; empty where flags or the model made it"""


def open_dialog(given: Given, info: EngineInfo, *, text: str) -> Opening:
    """The dialog that the flags and the model ask for; `text` is that of -p and -f.

    Raises:
        UsageError: flags that do not go together, a prompt template that is not there.
    """
    stops = escaped(given, *given.many("reverse_prompt", str))
    chosen = asked_dialog(given)
    if text and stops and chosen is None and given.switch("conversation") is not True:
        return Opening(_affixed(given, info, _classic(text, stops[0])))
    dialog = chosen or _default(given, info)
    dialog = dialog.settled(has_chat_template=info.chats)
    return Opening(_affixed(given, info, dialog), text, _name(given, info))


def _default(given: Given, info: EngineInfo) -> Dialog:
    """Bob's transcript, unless flags or the model want another."""
    system, wanted = asked_system(given), asked_conversation(given)
    if wanted == "on" or (system and info.chats and wanted == "auto"):
        dialog = choose_dialog(info, conversation="on", system=system)
        assert dialog is not None
    else:
        dialog = (
            standing_dialog(given)
            or named_dialog(info)
            or load_prompt_template(DEFAULT_TEMPLATE).fill()
        )
    if not system:
        return dialog
    end = "\n\n" if dialog.form == "transcript" else ""
    return replace(dialog, preamble=(content(system), scaffold(end)), greeting=())


def _name(given: Given, info: EngineInfo) -> str:
    """The prompt template that was asked for, that the model names, or the default one."""
    asked = name_of(given.text("prompt_template") or "")
    if "conversation" in given or asked_system(given):
        return "" if given.stands("prompt_template") else asked
    named = info.metadata.get(METADATA_KEY, "") if named_dialog(info) else ""
    return asked or named or DEFAULT_TEMPLATE


def _classic(text: str, stop: str) -> Dialog:
    """llama.cpp's `-i`: the text, then turns that begin with the reverse prompt."""
    opening = text.rstrip()
    opening = opening.removesuffix(stop.strip()).rstrip(" ")
    if not opening.endswith("\n"):
        opening += "\n"
    return Dialog(
        user=stop.strip().rstrip(":"),
        assistant="",
        preamble=(scaffold(opening),),
        reverse_prompts=(stop,),
        in_prefix=stop.strip("\n"),
        in_suffix="\n",
        separator="\n",
    )


def _affixed(given: Given, info: EngineInfo, dialog: Dialog) -> Dialog:
    """With --in-prefix-bos, --in-prefix and --in-suffix, which belong to transcripts."""
    flags = ("in_prefix", "in_suffix", "in_prefix_bos")
    if not any(flag in given for flag in flags):
        return dialog
    if dialog.form == "chat":
        raise UsageError(
            "--in-prefix and --in-suffix do not go with the model's chat template.",
            "Choose a transcript: -T bob",
        )
    (prefix,) = escaped(given, given.text("in_prefix") or "")
    (suffix,) = escaped(given, given.text("in_suffix") or "")
    bos = info.bos if given.on("in_prefix_bos") else ""
    name = dialog.in_prefix.rstrip(" ") if prefix else dialog.in_prefix
    return replace(dialog, in_prefix=name + bos + prefix, in_suffix=suffix or dialog.in_suffix)
