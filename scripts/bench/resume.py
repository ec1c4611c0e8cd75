"""Time to the first token of a chat that is opened again, with its KV state and without.

A stored chat is opened and a short message is sent: everything evaluated; the state restored (file
in the page cache); the same from the disk; and from the start of the engine's process. The
restoring counts in full, although a person who writes does not wait for it. Then what the checksum
costs, and what saving costs an engine that goes on. Each round llama-completion reads the same
prompt. A part of `scripts.bench.fast`; touches no chat of yours.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from llamachat.chat.conversation import Conversation
from llamachat.chat.kept_answer import place_of
from llamachat.chat.kv_keeper import KvKeeper, Place
from llamachat.chat.kv_store import KvStore
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Done
from llamachat.engine.llama.block_checksums import block_checksums
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import prompt_text, raw_prompt
from scripts.bench import machine
from scripts.bench.completion import complete
from scripts.bench.figures import Report, Row, Target, bar
from scripts.bench.plot import bars
from scripts.bench.spoken import first_token, home, new_chat

MESSAGE = "Go on."
TOKENS = 2000
OFTEN = 3
"""times a round for what takes less than a second"""
TARGET = Target(0.02)
THEIRS, ANEW = "llama-completion", "all evaluated again"
WARM, COLD = "restored", "restored from the disk"
FROM_START = "restored, from process start"
RESTORING, CHECKSUM = "the restoring alone", "checksums of the state"
FORK, SAVE = "a save holds the engine up", "a save is on the disk"
Figures = dict[str, list[float]]


class Bench:
    """One model, one chat."""

    def __init__(self, model: Path, store: ChatStore) -> None:
        self._options = EngineOptions(model, n_ctx=TOKENS + 512)
        self._states = KvStore(budget=1 << 40)
        self.engine = self._open()
        self._chat = new_chat(store, self.engine, TOKENS)
        self._prompt = self._chat.chat(self.engine).prompt()
        self.tokens = self.engine.count(self._prompt)
        self._leaf = self._chat.rows[-1].id
        self._place = place_of(self._chat) or Place(0)
        self.figures: Figures = {}

    def _open(self) -> ProcessEngine:
        engine = open_engine(self._options.model, options=self._options)
        assert isinstance(engine, ProcessEngine)
        list(engine.generate(raw_prompt("warm"), GenerateParams(2)))
        return engine

    @property
    def path(self) -> Path:
        return self._states.place(self._place.chat, self._leaf, self.engine.info.state_key)

    def _note(self, row: str, seconds: float) -> None:
        self.figures.setdefault(row, []).append(seconds)

    def _forget(self) -> None:
        list(self.engine.prefill(raw_prompt("something else")))

    def _reply(self, chat: Conversation) -> tuple[float, Done]:
        took = first_token(chat.reply(self.engine, MESSAGE))
        chat.line().rewind(self._leaf)
        return took

    def theirs(self) -> None:
        text = prompt_text(self._prompt)
        self._note(THEIRS, complete(self._options.model, text, n_ctx=TOKENS + 512).prompt)

    def anew(self) -> None:
        """And the state of the chat up to here on the disk."""
        self._forget()
        self._note(ANEW, self._reply(self._chat)[0])
        list(self.engine.prefill(self._prompt))
        self.path.unlink(missing_ok=True)
        began = time.perf_counter()
        self.engine.snapshot(self.path, self.engine.info.state_key, wait=False)
        self._note(FORK, time.perf_counter() - began)
        while not self.path.exists():
            time.sleep(0.01)
        self._note(SAVE, time.perf_counter() - began)

    def restored(self, row: str, prepare: Callable[[], None] = lambda: None) -> None:
        self._forget()
        prepare()
        began = time.perf_counter()
        restored = KvKeeper(self._states).open(self.engine, self._place)
        took = time.perf_counter() - began
        assert restored > 0, "the state was not taken"
        seconds, done = self._reply(self._chat)
        assert done.usage.cached >= self.tokens - 8, done.usage
        self._note(row, took + seconds)
        if row == WARM:
            self._note(RESTORING, took)

    def cold(self) -> None:
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def from_start(self) -> None:
        self.engine.close()
        began = time.perf_counter()
        self.engine = self._open()
        KvKeeper(self._states).open(self.engine, self._place)
        self._reply(self._chat)
        self._note(FROM_START, time.perf_counter() - began)

    def checksum(self) -> None:
        began = time.perf_counter()
        block_checksums(self.path, self.path.stat().st_size)
        self._note(CHECKSUM, time.perf_counter() - began)


def measure(model: Path, rounds: int) -> Report:
    with home(), ChatStore() as store:
        bench = Bench(model, store)
        for number in range(1, rounds + 1):
            machine.say(f"resume: round {number} of {rounds}")
            bench.theirs()
            bench.anew()
            for _ in range(OFTEN):
                bench.restored(WARM)
                bench.checksum()
            bench.restored(COLD, bench.cold)
            bench.from_start()
        size = bench.path.stat().st_size
        bench.engine.close()
    about = (
        f"A chat of {bench.tokens:,} tokens, its state {size:,} bytes; {rounds} rounds; ratios to "
        "reading it all again. From process start: the model is loaded first."
    )
    return _report(bench.figures, about)


def _report(figures: Figures, about: str) -> Report:
    def base(name: str) -> list[float]:
        often = len(figures[name]) // len(figures[ANEW])
        return [seconds for seconds in figures[ANEW] for _ in range(often)]

    first = (THEIRS, ANEW, WARM, COLD, FROM_START)
    rows = [
        Row(name, figures[name], base=base(name) if name not in (ANEW, FORK, SAVE) else (),
            target=TARGET if name == WARM else None,
            colour=1 if name == THEIRS else 2 if name == ANEW else 0)
        for name in (*first, RESTORING, CHECKSUM, FORK, SAVE)
    ]  # fmt: skip
    title = "A chat is opened again → first token"
    plot = bars(title, [bar(row) for row in rows[: len(first)]], unit="s",
                legend=("state restored", "llama.cpp", "evaluated again"))  # fmt: skip
    return Report(title, about, rows, {"resume": plot})
