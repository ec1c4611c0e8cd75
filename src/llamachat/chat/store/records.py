"""What the store gives back: values equal by value, ignorant of SQL and of screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message, Role


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """One chat, without its messages."""

    id: int
    title: str
    created: float
    """seconds since 1970, as all times here"""
    updated: float
    """when something was said last"""
    prompt_template: str
    """name of the one it began with"""
    dialog: Dialog
    """filled and kept, so that a chat outlives its prompt template"""
    settings: Mapping[str, Any]
    """sampling that was set for this chat alone"""
    model: str
    draft: str
    """what is typed but not sent"""
    messages: int
    """how many the current line has"""
    leaf: int | None
    """the message that ends the current line"""
    renamed: bool = False
    """the title was given by a person, so it no longer follows the first message"""
    deleted: float | None = None
    """when; None = it is not"""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message of the tree."""

    id: int
    parent: int | None
    """the message before it; None = it is the first"""
    message: Message
    created: float
    model: str
    """which one generated it; empty for words that nobody generated"""
    stats: Mapping[str, float | int]
    """figures of an answer"""
    place: int
    """1-based, among the messages that have the same parent"""
    places: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that a search found."""

    chat: ChatRecord
    message: int
    role: Role
    snippet: str
    """the words around the first match, in one line"""
    marks: tuple[tuple[int, int], ...]
    """where the matches are in the snippet"""
