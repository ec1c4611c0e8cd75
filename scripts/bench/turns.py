"""What the turns of a long dialog cost: each its own tokens, never the history.

A dialog goes on for so many turns, each with as many words as the others and an answer of eight
tokens; from time to time llama-completion reads the whole dialog so far, as a program does that
keeps nothing. A part of `scripts.bench.fast`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from llamachat.chat.conversation import Conversation
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Done
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.prompt import prompt_text
from scripts.bench import machine
from scripts.bench.completion import complete
from scripts.bench.figures import Report, Row, Target
from scripts.bench.plot import Series, lines
from scripts.bench.spoken import home, one_token, words_of

WORDS = 16
"""tokens of words in a message, about"""
N_CTX = 4096
LOOKS = 6
"""times that the others read it all"""
TARGET = Target(1.1)


@dataclass(frozen=True, slots=True)
class Turn:
    """Its length so far, what was evaluated, and how long it took."""

    total: int
    new: int
    seconds: float


def measure(model: Path, rounds: int) -> Report:
    turns: list[Turn] = []
    theirs: dict[int, float] = {}
    with (
        home(),
        ChatStore() as store,
        open_engine(model, options=EngineOptions(model, n_ctx=N_CTX)) as engine,
    ):
        dialog = load_prompt_template("bob").fill()
        chat = Conversation(store, dialog, prompt_template="bob", adjust=one_token)
        texts = [words_of(engine, WORDS, number) for number in range(rounds + 1)]
        for number, text in enumerate(texts):  # the first one reads the preamble
            began = time.perf_counter()
            done = next(e for e in chat.reply(engine, text) if isinstance(e, Done))
            took = time.perf_counter() - began
            if number:
                new = done.usage.prompt - done.usage.cached
                turns.append(Turn(done.usage.prompt, new, took))
            if number % max(1, rounds // LOOKS) == 0 and number:
                machine.say(f"turns: {number} of {rounds}, {done.usage.prompt:,} tokens")
                whole = prompt_text(chat.chat(engine).prompt())
                theirs[number] = complete(model, whole, n_ctx=N_CTX).prompt
    return _report(turns, theirs)


def _report(turns: list[Turn], theirs: dict[int, float]) -> Report:
    some = max(1, len(turns) // 5)
    early, late = turns[:some], turns[-some:]
    rows = [
        Row(f"new tokens, first {some} turns", [turn.new for turn in early], "tokens"),
        Row(f"new tokens, last {some}", [turn.new for turn in late], "tokens",
            [median(turn.new for turn in early)], TARGET),
        Row(f"a turn, first {some}", [turn.seconds for turn in early]),
        Row(f"a turn, last {some}", [turn.seconds for turn in late], "s",
            [median(turn.seconds for turn in early)]),
        Row("llama-completion reads the dialog, first", [*theirs.values()][:1], colour=1),
        Row("the same, last", [*theirs.values()][-1:], "s", [*theirs.values()][:1], colour=1),
    ]  # fmt: skip
    about = (
        f"{len(turns)} turns, {turns[0].total:,} tokens after the first and {turns[-1].total:,} "
        "after the last; ratios to the first ones. A turn is its message read and eight tokens "
        "written, which takes longer the more there is to attend to."
    )
    title = "The cost of a turn"
    plot = lines(
        title,
        [
            Series("a turn", tuple((n, turn.seconds) for n, turn in enumerate(turns, 1)), 0),
            Series("llama-completion reads it all", tuple(theirs.items()), 1),
        ],
        x="turn",
        y="seconds",
    )
    return Report(title, about, rows, {"turns": plot})
