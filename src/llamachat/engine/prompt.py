"""A prompt as the engine sees it: segments of text that know who wrote them.

*Scaffold* is structure (role names, template markers): special tokens in it are parsed.
*Content* is what a person or the model wrote: special tokens in it stay text, so that nobody can
forge a turn or an end-of-text token. Each segment belongs to a turn: turn 0 is the preamble, which
is never dropped; when the context is full whole turns are dropped from 1 upwards, never the last.
Knows nothing of tokens, roles or files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

SegmentKind = Literal["scaffold", "content"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text from one author."""

    text: str
    kind: SegmentKind = "content"
    turn: int = 0
    """0 = preamble; turns of one dialog count up and keep their number in every later prompt"""
    role: str = ""
    """whose message the whole segment is, where messages are wanted in place of text"""


Prompt = tuple[Segment, ...]


def scaffold(text: str, turn: int = 0) -> Segment:
    """Structure, written by a template."""
    return Segment(text, "scaffold", turn)


def content(text: str, turn: int = 0) -> Segment:
    """Words, written by a person or a model."""
    return Segment(text, "content", turn)


def raw_prompt(text: str) -> Prompt:
    """A plain completion prompt, special tokens parsed, as `llama-completion -p` reads it."""
    return (scaffold(text),) if text else ()


def prompt_text(prompt: Iterable[Segment]) -> str:
    """The whole prompt as one string, exactly as the model is given it."""
    return "".join(segment.text for segment in prompt)
