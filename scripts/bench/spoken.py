"""A stored chat to measure with: a home of its own, words of so many tokens, the first token.

Knows stores and engines; measures nothing but the time to a first token.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from llamachat.chat.conversation import Conversation
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Chunk, Done, Engine, Event
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import raw_prompt

TEXT = (
    "the river ran past the old mill where children used to play in summer and nobody knew who had "
    "built its wheel or why it had stopped turning one winter long before they were born"
)


@contextmanager
def home() -> Iterator[Path]:
    """A LLAMACHAT_HOME that is removed afterwards; the surveys of the processor are taken along."""
    from llamachat.paths import cache_dir

    known = cache_dir()
    with tempfile.TemporaryDirectory(prefix="llamachat-bench-") as folder:
        before = os.environ.get("LLAMACHAT_HOME")
        os.environ["LLAMACHAT_HOME"] = folder
        cache_dir().mkdir(parents=True)
        for file in known.glob("*.json") if known.is_dir() else ():
            (cache_dir() / file.name).write_bytes(file.read_bytes())
        try:
            yield Path(folder)
        finally:
            os.environ.pop("LLAMACHAT_HOME")
            if before is not None:
                os.environ["LLAMACHAT_HOME"] = before


def words_of(engine: Engine, tokens: int, first: int = 0) -> str:
    """About so many tokens of plain words; another `first` gives others."""
    known, words = TEXT.split(), list[str]()
    source = (known[(first + 7 * number) % len(known)] for number in range(1 << 20))
    while engine.count(raw_prompt(" ".join(words) or "x")) < tokens:
        words += islice(source, 4)
    return " ".join(words)


def one_token(params: GenerateParams) -> GenerateParams:
    sampling = replace(params.sampling, temp=0.0, ignore_eos=True)
    return replace(params, n_predict=8, stop=(), sampling=sampling)


def new_chat(store: ChatStore, engine: Engine, tokens: int) -> Conversation:
    """A chat in which about so many tokens were said."""
    dialog = load_prompt_template("bob").fill()
    conversation = Conversation(store, dialog, prompt_template="bob", adjust=one_token)
    line = conversation.line()
    while (room := tokens - _held(engine, conversation)) > 8 or not conversation.rows:
        number = len(conversation.rows)
        text = words_of(engine, max(8, min(room, 100)), number)
        line.add(Message("assistant", text, "stop") if number % 2 else Message("user", text))
    if len(conversation.rows) % 2:
        line.add(Message("assistant", "So it was.", "stop"))
    return conversation


def _held(engine: Engine, conversation: Conversation) -> int:
    return engine.count(conversation.chat(engine).prompt())


def first_token(events: Iterator[Event]) -> tuple[float, Done]:
    """Seconds to the first text, and how it ended."""
    began, first = time.perf_counter(), 0.0
    for event in events:
        if isinstance(event, Chunk) and not first:
            first = time.perf_counter() - began
        if isinstance(event, Done):
            return first or time.perf_counter() - began, event
    raise AssertionError("a stream ends with Done")
