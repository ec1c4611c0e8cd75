"""What the full-screen chat costs the model: the rate of answers that it draws, and does not draw.

    python -m scripts.bench.ui_cost [--model 7b-q4_0.gguf] [-n 600] [--rounds 12]

One app in a pseudo-terminal of 120 × 40, panel open, default threads, has the same message answered
again and again; a grammar makes the model write Markdown with code. Every other answer the app is
frozen from the first word to the last, so that the worker is a bare engine that nobody listens to.
Seconds lie between the two of a pair, so a machine whose speed changes changes it for both. The
rates are the worker's own, as they are stored with the answers. Prints medians and the cost with
the quartiles of the pairs; ends with 1 where it is above the limit.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import psutil

from llamachat.bundled import BOB
from llamachat.chat.store.chats import ChatStore
from scripts.bench import machine
from scripts.bench.app_in_pty import App, processor_time
from scripts.bench.freezer import Freezer, NoFreezer

LIMIT = 0.02
N_CTX = 2048
QUESTIONS = ("Write about Python.", "Go on.")
"""the answer to the last one is written again and again, in a chat that scrolls by then"""
GRAMMAR = Path(__file__).with_name("markdown.gbnf")
AGAIN = "\x1b[15~"
"""F5"""
ALONE = {
    "LLAMACHAT_KV_CACHE_MB": "0",
    "LLAMACHAT_DRAFT_PREFILL": "false",
    "LLAMACHAT_TUNE": "false",
    "LLAMA_ARG_SPEC_TYPE": "none",
}
"""nothing else is computed between answers, and an answer takes what its tokens take"""
BEGUN = 0.02
"""seconds that the worker computes at an answer soon, and not where it only counts a prompt"""
LOOK = 0.02
"""seconds between two looks at the worker"""
AT_WORK = 0.05
"""part of that time which it computes, if it does"""
ENDED = 0.4
"""seconds without work after which an answer has ended"""
SETTLED = 1.0
"""seconds in which the app draws what it missed"""
PATIENCE = 20.0
"""seconds in which the app asks, and stores"""
HELD = 60_000
"""bytes that a pipe takes while nobody reads it; Linux's take 65,536"""


@dataclass(frozen=True, slots=True)
class Costs:
    """A value for each pair of answers."""

    drawn: list[float]
    """tokens per second of those on the screen"""
    alone: list[float]
    """and of those that nobody saw"""
    cpu: list[float]
    """of one core, what the app took of the time in which it drew"""


@dataclass(frozen=True, slots=True)
class Moment:
    at: float
    cpu: float
    """seconds that the app has computed by then"""


class Answers:
    """Has one message answered again in a running app."""

    def __init__(self, app: App, home: Path, freezer: Freezer, n_predict: int) -> None:
        self._app = app
        self._n_predict = n_predict
        self._home = home
        self._freezer = freezer
        self._worker = psutil.Process(_worker_of(app.pid))

    def again(self, *, drawn: bool) -> tuple[float, float]:
        """One more answer: its rate, and the share of a core that the app took meanwhile."""
        stored = len(stored_rates(self._home))
        self._ask()
        if drawn:
            begun, ended = self._follow(drawn=True)
        else:
            begun, ended = self._follow_frozen()
        rate = self._next_rate(stored)
        if (seconds := ended.at - begun.at) < self._n_predict / rate / 2:
            sys.exit(f"Only {seconds:.1f} s of an answer were followed: it came late.")
        self._app.read_for(SETTLED)
        return rate, (ended.cpu - begun.cpu) / seconds

    def _ask(self) -> None:
        """Once: a key that comes late must not stop what another has begun."""
        before, deadline = processor_time(self._worker.pid), time.perf_counter() + PATIENCE
        self._app.type(AGAIN)
        while processor_time(self._worker.pid) - before < BEGUN:
            if time.perf_counter() > deadline or not self._app.read(0.002):
                sys.exit("The app did not ask for another answer.")

    def _follow_frozen(self) -> tuple[Moment, Moment]:
        before = self._written()
        self._freezer.freeze()
        try:
            moments = self._follow(drawn=False)
        finally:
            self._freezer.thaw()
        if (written := self._written() - before) > HELD:
            sys.exit(f"The worker may have waited for the app: it had {written:,} bytes to say.")
        return moments

    def _follow(self, *, drawn: bool) -> tuple[Moment, Moment]:
        """From now until the worker falls silent; what the app writes is read, not looked at."""
        begun = ended = self._now()
        worked = processor_time(self._worker.pid)
        while time.perf_counter() - ended.at < ENDED:
            if drawn:
                self._app.read_for(LOOK)
            else:
                time.sleep(LOOK)
            now = processor_time(self._worker.pid)
            if now - worked > AT_WORK * LOOK:
                ended = self._now()
            worked = now
        return begun, ended

    def _next_rate(self, stored: int) -> float:
        """Of the answer that has just ended, once the app has stored it."""
        deadline = time.perf_counter() + PATIENCE
        while len(rates := stored_rates(self._home)) <= stored:
            if time.perf_counter() > deadline:
                sys.exit("The app did not store the answer.")
            self._app.read_for(ENDED)
        if len(rates) != stored + 1:
            sys.exit(f"{len(rates) - stored} answers were stored, not one.")
        return rates[-1]

    def _now(self) -> Moment:
        return Moment(time.perf_counter(), self._app.cpu())

    def _written(self) -> int:
        """Bytes, by the worker."""
        return int(self._worker.io_counters().write_chars)


def _worker_of(pid: int) -> int:
    for child in psutil.Process(pid).children(recursive=True):
        if "llamachat.engine.worker" in child.cmdline():
            return int(child.pid)
    sys.exit("The app has no worker.")


def measure(model: Path, n_predict: int, rounds: int, home: Path) -> Costs:
    """Pairs of answers; which of the two comes first changes."""
    flags = [
        *("-m", str(model), "-c", str(N_CTX), "-T", "bob", "-n", str(n_predict)),
        *("--temp", "0", "--grammar-file", str(GRAMMAR)),
    ]
    costs = Costs([], [], [])
    with App(flags, {**os.environ, **ALONE, "LLAMACHAT_HOME": str(home)}) as app:
        app.wait_for("Idle")
        for question in QUESTIONS:
            app.type(question)
            app.read_for(1.0)
            start = len(app.output)
            app.type("\r")
            app.wait_for(f"{n_predict} tokens", start=start)
            app.read_for(2.0)
        with Freezer(app.pid) as freezer:
            answers = Answers(app, home, freezer, n_predict)
            for number in range(rounds):
                for drawn in (True, False) if number % 2 == 0 else (False, True):
                    rate, share = answers.again(drawn=drawn)
                    (costs.drawn if drawn else costs.alone).append(rate)
                    costs.cpu.extend([share] if drawn else [])
                machine.say(_told(costs, rounds))
    return costs


def _told(costs: Costs, rounds: int) -> str:
    return (
        f"pair {len(costs.cpu)} of {rounds}: {costs.drawn[-1]:.2f} t/s drawn, "
        f"{costs.alone[-1]:.2f} alone; the app took {costs.cpu[-1]:.1%} of a core"
    )


def stored_rates(home: Path) -> list[float]:
    """Of all answers to the message, in the order in which they were written."""
    with ChatStore(home / "data" / "chats.db") as store:
        chat = store.latest()
        assert chat is not None
        line = store.line(chat.id)
        answers = line.siblings(line.rows[-1].id)
        stats = [answer.stats for answer in sorted(answers, key=lambda answer: answer.id)]
        return [float(figures["decode_rate"]) for figures in stats if "decode_rate" in figures]


def report(costs: Costs) -> int:
    """Print the table; 1 where the cost is above the limit."""
    shares = [1 - drawn / alone for drawn, alone in zip(costs.drawn, costs.alone, strict=True)]
    print("| decode | median | lower quartile | upper quartile |\n|---|---:|---:|---:|")
    for name, row in (("app frozen", costs.alone), ("app draws", costs.drawn)):
        low, middle, high = quantiles(row, n=4)
        print(f"| {name}, t/s | {middle:.2f} | {low:.2f} | {high:.2f} |")
    low, cost, high = quantiles(shares, n=4)
    print(f"| cost (limit {LIMIT:.0%}) | {cost:.1%} | {low:.1%} | {high:.1%} |")
    print(f"| processor time of the app, of one core | {median(costs.cpu):.1%} | | |")
    return 0 if cost <= LIMIT else 1


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.ui_cost", description=__doc__)
    parser.add_argument("--model", type=Path, default=BOB)
    parser.add_argument("-n", "--n-predict", type=int, default=600, help="tokens of each answer")
    parser.add_argument("--rounds", type=int, default=12, help="pairs of answers, at least two")
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing frozen is left behind
    before = machine.load()
    try:
        with tempfile.TemporaryDirectory() as folder:
            costs = measure(arguments.model, arguments.n_predict, arguments.rounds, Path(folder))
    except NoFreezer as error:
        sys.exit(f"The app cannot be frozen here, which takes a control group of ours: {error}.")
    print(f"{machine.describe()}; {arguments.model.name};")
    print(f"{arguments.n_predict} tokens, {arguments.rounds} pairs;", end=" ")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    return report(costs)


if __name__ == "__main__":
    sys.exit(main())
