"""Time to the first token of a chat that is opened again, with its KV state and without.

    python -m scripts.bench.resume -m 7b-q4_0.gguf [--tokens 2000] [--rounds 3]

A stored chat of so many tokens is opened and a short message is sent: everything evaluated; the
state restored (file in the page cache); the same from the disk; and from the start of the engine's
process. The restoring counts in full, although a person who writes does not wait for it. Then what
the checksum costs, what saving costs an engine that goes on, and how long a prompt that is being
read takes to stop. Prints a Markdown table. Touches no chat of yours.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from llamachat.chat.conversation import Conversation
from llamachat.chat.kept_answer import place_of
from llamachat.chat.kv_keeper import KvKeeper, Place
from llamachat.chat.kv_store import KvStore
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Done, Prefilled
from llamachat.engine.llama.block_checksums import block_checksums
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from scripts.bench import machine
from scripts.bench.spoken import first_token, home, new_chat, words_of

MESSAGE = "Go on."
ROWS = ("evaluated anew", "restored", "restored, file not in the page cache",
        "restored, from process start", "the restoring alone", "its checksum",
        "fork of a save", "save until it is on the disk",
        "stop while a prompt is read")  # fmt: skip
Figures = dict[str, list[float]]


class Bench:
    """One model, one chat."""

    def __init__(self, model: Path, store: ChatStore, tokens: int) -> None:
        self._options = EngineOptions(model, n_ctx=tokens + 512)
        self._states = KvStore(budget=1 << 40)
        self.engine = self._open()
        self._chat = new_chat(store, self.engine, tokens)
        self.tokens = self.engine.count(self._chat.chat(self.engine).prompt())
        self._leaf = self._chat.rows[-1].id
        self._place = place_of(self._chat) or Place(0)
        self.figures: Figures = {row: [] for row in ROWS}

    def _open(self) -> ProcessEngine:
        engine = open_engine(self._options.model, options=self._options)
        assert isinstance(engine, ProcessEngine)
        list(engine.generate(raw_prompt("warm"), GenerateParams(2)))
        return engine

    @property
    def path(self) -> Path:
        return self._states.place(self._place.chat, self._leaf, self.engine.info.state_key)

    def _note(self, row: str, seconds: float) -> None:
        self.figures[row].append(seconds)

    def _forget(self) -> None:
        list(self.engine.prefill(raw_prompt("something else")))

    def _reply(self, chat: Conversation) -> tuple[float, Done]:
        took = first_token(chat.reply(self.engine, MESSAGE))
        chat.line().rewind(self._leaf)
        return took

    def anew(self) -> None:
        """And the state of the chat up to here on the disk."""
        self._forget()
        self._note(ROWS[0], self._reply(self._chat)[0])
        list(self.engine.prefill(self._chat.chat(self.engine).prompt()))
        self.path.unlink(missing_ok=True)
        began = time.perf_counter()
        self.engine.snapshot(self.path, self.engine.info.state_key, wait=False)
        self._note(ROWS[6], time.perf_counter() - began)
        while not self.path.exists():
            time.sleep(0.01)
        self._note(ROWS[7], time.perf_counter() - began)

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
        if row == ROWS[1]:
            self._note(ROWS[4], took)

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
        self._note(ROWS[3], time.perf_counter() - began)

    def checksum(self) -> None:
        began = time.perf_counter()
        block_checksums(self.path, self.path.stat().st_size)
        self._note(ROWS[5], time.perf_counter() - began)

    def stop(self) -> None:
        """In the middle of the first large batch."""
        self._forget()
        prompt = raw_prompt(words_of(self.engine, self.tokens - 16, 3))
        stream, began = self.engine.generate(prompt, GenerateParams(1)), 0.0
        for event in stream:
            if isinstance(event, Prefilled) and 0 < event.done < event.total and not began:
                began = time.perf_counter()
                self.engine.cancel()
        self._note(ROWS[8], time.perf_counter() - began if began else float("nan"))


def measure(bench: Bench, rounds: int) -> Figures:
    for number in range(1, rounds + 1):
        machine.say(f"round {number} of {rounds}")
        bench.anew()
        bench.restored(ROWS[1])
        bench.restored(ROWS[2], bench.cold)
        bench.from_start()
        bench.checksum()
        bench.stop()
    return bench.figures


def table(figures: Figures) -> list[str]:
    base = median(figures[ROWS[0]])
    lines = ["| until the first token | seconds | ratio |", "|---|---:|---:|"]
    for row, seconds in figures.items():
        middle = median(seconds)
        ratio = f"{middle / base:.4f}" if row in ROWS[:4] else ""
        lines.append(f"| {row} | {middle:.3f} | {ratio} |")
    return lines


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.resume", description=__doc__)
    parser.add_argument("-m", "--model", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(argv)
    before = machine.load()

    with home(), ChatStore() as store:
        bench = Bench(given.model, store, given.tokens)
        with bench.engine:
            figures = measure(bench, given.rounds)
            size = bench.path.stat().st_size
        bench.engine.close()
    print(f"{machine.describe()}; {given.model.name}; a chat of {bench.tokens} tokens, its state")
    print(f"{size:,} bytes; {given.rounds} rounds, medians; load average {before:.2f} before,")
    print(f"{machine.load():.2f} after.\n")
    print("\n".join(table(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
