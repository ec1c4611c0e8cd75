"""Enter → first token of a message that was evaluated while it was written, or was not.

The message is typed at sixty words a minute, or pasted and read for ten seconds, or pasted and sent
after one; each time the full-screen chat's own thread reads it, told what it would be told by the
composer. Last, how long a message waits that is sent while a draft of another chat is being read.
Each round llama-completion reads the same message, loaded and with nothing before it. A part of
`scripts.bench.fast`.
"""

from __future__ import annotations

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
from scripts.bench.completion import complete
from scripts.bench.figures import Report, Row, Target, bar
from scripts.bench.plot import bars
from scripts.bench.spoken import first_token, home, new_chat, words_of

TOKENS = 200
WORDS_A_MINUTE = 60.0
LETTERS = 6
"""of a word and the space after it: that is how words a minute are counted"""
READ_FOR = 10.0
"""seconds that a person looks at what was pasted"""
TARGET = Target(0.1)
THEIRS, WITHOUT = "llama-completion", "not read before"
TYPED, PASTED = "typed", "pasted, sent after 10 s"
HASTY, BESIDE = "pasted, sent after 1 s", "while another draft is read"
Figures = dict[str, list[float]]


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
        self.left: dict[str, list[int]] = {}
        """tokens that were to be evaluated after Enter"""

    def _begin_again(self) -> None:
        """The chat is known to the engine, the message is not."""
        self._chat.line().rewind(self._leaf)
        list(self._engine.prefill(raw_prompt("something else")))
        list(self._engine.prefill(self._chat.chat(self._engine).prompt()))

    def _enter(self, row: str) -> float:
        def reply(engine: object) -> object:
            return self._chat.reply(self._engine, self.message)

        ask = self._idle.asking(self._chat, reply)  # type: ignore[arg-type]
        seconds, done = first_token(ask(self._engine))
        self._idle.answered(self._chat, done, "")
        self.left.setdefault(row, []).append(done.usage.prompt - done.usage.cached)
        return seconds

    def without(self) -> float:
        self._begin_again()
        return self._enter(WITHOUT)

    def typed(self) -> float:
        """Letter by letter; the composer tells of it a few times a second."""
        self._begin_again()
        began, per_letter = time.perf_counter(), 60 / WORDS_A_MINUTE / LETTERS
        while (written := int((time.perf_counter() - began) / per_letter)) < len(self.message):
            self._idle.written(self._chat, self.message[:written])
            time.sleep(CHANGE_PAUSE)
        self._idle.written(self._chat, self.message)
        return self._enter(TYPED)

    def pasted(self, row: str, seconds: float) -> float:
        self._begin_again()
        self._idle.written(self._chat, self.message)
        time.sleep(seconds)
        return self._enter(row)

    def beside(self) -> float:
        """Nothing of what is being read is of use to the message."""
        self._begin_again()
        self._idle.written(self._chat, self._other)
        time.sleep(0.5)
        return self._enter(BESIDE)


def measure(model: Path, rounds: int) -> Report:
    figures: Figures = {}
    options = EngineOptions(model, n_ctx=8 * TOKENS)
    with home(), ChatStore() as store, open_engine(model, options=options) as engine:
        assert isinstance(engine, ProcessEngine)
        bench = Bench(engine, store, TOKENS)
        for number in range(1, rounds + 1):
            machine.say(f"draft: round {number} of {rounds}")
            for row, seconds in {
                THEIRS: complete(model, bench.message, n_ctx=8 * TOKENS).prompt,
                WITHOUT: bench.without(),
                TYPED: bench.typed(),
                PASTED: bench.pasted(PASTED, READ_FOR),
                HASTY: bench.pasted(HASTY, 1.0),
                BESIDE: bench.beside(),
            }.items():
                figures.setdefault(row, []).append(seconds)
        tokens, words = engine.count(raw_prompt(bench.message)), len(bench.message) / LETTERS
    left = ", ".join(f"{row} {median(bench.left[row]):.0f}" for row in (WITHOUT, TYPED, PASTED))
    about = (
        f"A message of {tokens} tokens ({words:.0f} words, {words / WORDS_A_MINUTE * 60:.0f} s of "
        f"typing); {rounds} rounds; ratios to llama-completion's time for the same words. Tokens "
        f"left at Enter: {left}."
    )
    return _report(figures, about)


def _report(figures: Figures, about: str) -> Report:
    theirs = figures[THEIRS]
    rows = [
        Row(name, values, base=theirs if name != THEIRS else (),
            target=TARGET if name in (TYPED, PASTED) else None,
            colour=1 if name == THEIRS else 2 if name == WITHOUT else 0)
        for name, values in figures.items()
    ]  # fmt: skip
    title = "Enter → first token"
    plot = bars(title, [bar(row) for row in rows], unit="s",
                legend=("read before Enter", "llama.cpp", "not read before"))  # fmt: skip
    return Report(title, about, rows, {"draft": plot})
