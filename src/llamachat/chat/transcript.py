"""A dialog as a transcript: names and words in plain text, for any base or chat model.

    preamble  User: words  Bob: answer  User: words  Bob:

Names and separators are scaffold, words are content. What stands between an answer and the next
words belongs to the turn of the answer: then whole turns can be dropped and the rest still reads
well. An answer is written " " + its text, which is how the model said it after "Bob:".

A model reads names in the words of the user as it reads names in the structure, so a line of theirs
that begins with one ("Bob: …") is moved by one space, and a name that is not bound to the start of
a line ("[/INST]") gets a space before its last character. Nothing else is changed, and what was
typed is stored as it was typed. Knows nothing of files, tokens or engines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message, turn_numbers
from llamachat.engine.prompt import Prompt, Segment, content, scaffold


def render_transcript(dialog: Dialog, messages: Sequence[Message]) -> Prompt:
    """The whole prompt; it ends where the model is to answer, or where the user is to speak."""
    said = (*dialog.greeting, *messages)
    numbers = turn_numbers(said, pinned=len(dialog.greeting))
    segments = list(dialog.preamble)
    last: Message | None = None
    turn = 0
    for message, number in zip(said, numbers, strict=True):
        lead = _lead(dialog, last, message)
        name = lead.rstrip(" ")
        if message.role != "user":
            turn = number
        segments.append(scaffold(name, turn))
        segments.append(content(_words(dialog, message, lead), number))
        last, turn = message, number
    segments.append(scaffold(_end(dialog, last).rstrip(" "), turn))
    return _merged(segments)


def _lead(dialog: Dialog, last: Message | None, message: Message) -> str:
    """The structure before a message."""
    between = dialog.separator if last else ""
    if message.role == "user":
        return between + dialog.in_prefix
    if message.role == "system":
        return between
    if last is None or last.role != "user":
        return between + dialog.in_suffix.lstrip()
    return "" if last.open else dialog.in_suffix


def _words(dialog: Dialog, message: Message, lead: str) -> str:
    if not message.text:
        return ""
    if message.role == "assistant":
        return message.text if lead.endswith("\n") else f" {message.text}"
    if message.role == "system":
        return message.text
    return _tamed(dialog, lead[len(lead.rstrip(" ")) :] + message.text)


def _end(dialog: Dialog, last: Message | None) -> str:
    if last is None or last.role != "user":
        return (dialog.separator if last else "") + dialog.in_prefix
    return "" if last.open else dialog.in_suffix


def _tamed(dialog: Dialog, words: str) -> str:
    """The words of the user, unable to pass for structure."""
    for before, label in ((dialog.separator, dialog.in_prefix), ("", dialog.in_suffix)):
        name = label.strip()
        if not name:
            continue
        if (before + label[: label.index(name)]).endswith("\n"):
            words = re.sub(rf"^(?={re.escape(name)})", " ", words, flags=re.MULTILINE)
        else:
            words = words.replace(name, f"{name[:-1]} {name[-1]}")
    return words


def _merged(segments: Iterable[Segment]) -> Prompt:
    """Without empty segments; neighbours of one kind and turn joined, except words."""
    merged: list[Segment] = []
    for segment in filter(lambda segment: segment.text, segments):
        before = merged[-1] if merged else None
        if before and before.kind == "scaffold" == segment.kind and before.turn == segment.turn:
            merged[-1] = scaffold(before.text + segment.text, segment.turn)
        else:
            merged.append(segment)
    return tuple(merged)
