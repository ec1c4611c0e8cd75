"""Enter → first token of a message that was evaluated while it was written, or was not.

    python -m scripts.bench.draft -m 7b-q4_0.gguf [--tokens 200] [--wpm 60] [--rounds 3]

The message is typed at so many words a minute (a minute and more each round), or pasted and read
for ten seconds, or pasted and sent after one; each time the full-screen chat's own thread reads
it, told what it would be told by the composer. Then how long a message waits that is sent while a
draft of another chat is being read. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

from llamachat.chat.store.chats import ChatStore
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.tui.engine_host import EngineHost
from llamachat.tui.idle import IdleEngine
from llamachat.tui.widgets.composer import CHANGE_PAUSE
from scripts.bench import machine
from scripts.bench.spoken import first_token, home, new_chat, words_of

READ_FOR = 10.0
"""seconds that a person looks at what was pasted"""
LETTERS = 6
"""of a word and the space after it: that is how words a minute are counted"""
ROWS = ("without", "typed", "pasted, sent after 10 s", "pasted, sent after 1 s",
        "sent while another draft is read")  # fmt: skip
Figures = dict[str, list[tuple[float, int]]]
"""seconds and tokens that were left to evaluate"""


class ReadyHost(EngineHost):
    """With an engine that is there."""

    def __init__(self, engine: ProcessEngine) -> None:
        super().__init__(lambda message: None)
        self._engine = engine


class Bench:
    """One chat to which the same message is sent again and again."""

    def __init__(self, engine: ProcessEngine, store: ChatStore, tokens: int) -> None:
        self._engine = engine
        self._chat = new_chat(store, engine, 100)
        self._leaf = self._chat.rows[-1].id
        self._idle = IdleEngine(lambda m: None, ReadyHost(engine), None, drafts=True)
        self.message = words_of(engine, tokens, 5)
        self._other = words_of(engine, min(4 * tokens, engine.info.n_ctx // 2), 11)

    def _begin_again(self) -> None:
        """The chat is known to the engine, the message is not."""
        self._chat.line().rewind(self._leaf)
        list(self._engine.prefill(raw_prompt("something else")))
        list(self._engine.prefill(self._chat.chat(self._engine).prompt()))

    def _enter(self) -> tuple[float, int]:
        def reply(engine: object) -> object:
            return self._chat.reply(self._engine, self.message)

        ask = self._idle.asking(self._chat, reply)  # type: ignore[arg-type]
        seconds, done = first_token(ask(self._engine))
        self._idle.answered(self._chat, done, "")
        return seconds, done.usage.prompt - done.usage.cached

    def without(self) -> tuple[float, int]:
        self._begin_again()
        return self._enter()

    def typed(self, wpm: float) -> tuple[float, int]:
        """Letter by letter; the composer tells of it a few times a second."""
        self._begin_again()
        began, per_letter = time.perf_counter(), 60 / wpm / LETTERS
        while (written := int((time.perf_counter() - began) / per_letter)) < len(self.message):
            self._idle.written(self._chat, self.message[:written])
            time.sleep(CHANGE_PAUSE)
        self._idle.written(self._chat, self.message)
        return self._enter()

    def pasted(self, seconds: float) -> tuple[float, int]:
        self._begin_again()
        self._idle.written(self._chat, self.message)
        time.sleep(seconds)
        return self._enter()

    def beside(self) -> tuple[float, int]:
        """Nothing of what is being read is of use to the message."""
        self._begin_again()
        self._idle.written(self._chat, self._other)
        time.sleep(0.5)
        return self._enter()


def measure(bench: Bench, wpm: float, rounds: int) -> Figures:
    figures: Figures = {row: [] for row in ROWS}
    for number in range(1, rounds + 1):
        machine.say(f"round {number} of {rounds}")
        figures[ROWS[0]].append(bench.without())
        figures[ROWS[1]].append(bench.typed(wpm))
        figures[ROWS[2]].append(bench.pasted(READ_FOR))
        figures[ROWS[3]].append(bench.pasted(1.0))
        figures[ROWS[4]].append(bench.beside())
    return figures


def table(figures: Figures) -> list[str]:
    base = median(seconds for seconds, _ in figures[ROWS[0]])
    lines = ["| Enter → first token | seconds | ratio | tokens left |", "|---|---:|---:|---:|"]
    for row, found in figures.items():
        middle = median(seconds for seconds, _ in found)
        left = median(tokens for _, tokens in found)
        lines.append(f"| {row} | {middle:.3f} | {middle / base:.3f} | {left:.0f} |")
    return lines


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.draft", description=__doc__)
    parser.add_argument("-m", "--model", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--wpm", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(argv)
    before = machine.load()

    options = EngineOptions(given.model, n_ctx=8 * given.tokens)
    with home(), ChatStore() as store, open_engine(given.model, options=options) as engine:
        assert isinstance(engine, ProcessEngine)
        bench = Bench(engine, store, given.tokens)
        figures = measure(bench, given.wpm, given.rounds)
        tokens = engine.count(raw_prompt(bench.message))
    print(f"{machine.describe()}; {given.model.name}; a message of {tokens} tokens, typed at")
    print(f"{given.wpm:.0f} words a minute; {given.rounds} rounds, medians; load average")
    print(f"{before:.2f} before, {machine.load():.2f} after.\n")
    print("\n".join(table(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
