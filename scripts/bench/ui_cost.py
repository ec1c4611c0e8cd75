"""What the full-screen chat costs the model: the rate of answers that it draws, and does not draw.

    python -m scripts.bench.ui_cost [--model 7b-q4_0.gguf] [-n 48] [--rounds 12]

One app in a pseudo-terminal of 120 × 40, panel open, default threads, has the same message answered
again and again; a grammar makes the model write Markdown with code. Every other answer the app is
stopped (SIGSTOP) from the first word to the last, so that the worker is a bare engine that nobody
listens to. Seconds lie between the two of a pair, so a machine whose speed changes changes it for
both. The rates are the worker's own, as they are stored with the answers. Prints medians and the
cost with the quartiles of the pairs; ends with 1 where it is above the limit.
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
from scripts.bench.app_in_pty import App

LIMIT = 0.02
N_CTX = 2048
QUESTION = "Write about Python."
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
LOOK = 0.05
"""seconds between two looks at the worker"""
SETTLED = 1.5
"""seconds in which the app draws what it missed"""
PATIENCE = 3.0
"""seconds after which a key is typed again"""
ENDED = 0.4
"""seconds without work after which an answer has ended"""


@dataclass(frozen=True, slots=True)
class Costs:
    """A value for each pair of answers."""

    drawn: list[float]
    """tokens per second of those on the screen"""
    alone: list[float]
    """and of those that nobody saw"""
    cpu: list[float]
    """of one core, what the app took of the time in which it drew"""


class Answers:
    """Has one message answered again in a running app."""

    def __init__(self, app: App, home: Path) -> None:
        self._app = app
        self._home = home
        self._worker = psutil.Process(_worker_of(app.pid))

    def again(self, *, drawn: bool) -> float:
        """One more answer; the share of a core that the app took, 0 where it stood still."""
        app, before, stored = self._app, self._written(), len(_stored_rates(self._home))
        asked = 0.0
        while self._written() == before:
            if time.perf_counter() - asked > PATIENCE:  # a program that goes on may drop a key
                app.type(AGAIN)
                asked = time.perf_counter()
            app.read(0.002)
        if not drawn:
            os.kill(app.pid, signal.SIGSTOP)
        cpu, begun = app.cpu(), time.perf_counter()
        ended = self._wait_for_the_end(drawn)
        share = (app.cpu() - cpu) / (ended - begun)
        os.kill(app.pid, signal.SIGCONT)
        while len(_stored_rates(self._home)) == stored:
            app.read_for(ENDED)
        app.read_for(SETTLED)
        return share

    def _wait_for_the_end(self, drawn: bool) -> float:
        """The moment when the worker fell silent; what the app writes is read and not looked at."""
        busy, worked = time.perf_counter(), self._worked()
        while time.perf_counter() - busy < ENDED:
            if drawn:
                self._app.read_for(LOOK)
            else:
                time.sleep(LOOK)
            if (now := self._worked()) != worked:
                busy, worked = time.perf_counter(), now
        return busy

    def _written(self) -> int:
        return int(self._worker.io_counters().write_count)

    def _worked(self) -> float:
        times = self._worker.cpu_times()
        return float(times.user + times.system)


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
    cpu = []
    with App(flags, {**os.environ, **ALONE, "LLAMACHAT_HOME": str(home)}) as app:
        app.wait_for("Idle")
        app.type(QUESTION)
        app.read_for(1.0)
        app.type("\r")
        app.wait_for(f"{n_predict} tokens")
        app.read_for(2.0)
        answers = Answers(app, home)
        for number in range(rounds):
            for drawn in (True, False) if number % 2 == 0 else (False, True):
                share = answers.again(drawn=drawn)
                cpu += [share] if drawn else []
            machine.say(f"round {number + 1} of {rounds}: {cpu[-1]:.1%} of a core")
    rates = _stored_rates(home)[1:]
    if len(rates) != 2 * rounds:
        sys.exit(f"{len(rates)} answers were stored, not {2 * rounds}.")
    pairs = [(a, b) if n % 2 == 0 else (b, a) for n, (a, b) in enumerate(_in_pairs(rates))]
    return Costs([drawn for drawn, _ in pairs], [alone for _, alone in pairs], cpu)


def _in_pairs(rates: list[float]) -> list[tuple[float, float]]:
    return list(zip(rates[::2], rates[1::2], strict=True))


def _stored_rates(home: Path) -> list[float]:
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
    for name, row in (("app stopped", costs.alone), ("app draws", costs.drawn)):
        low, middle, high = quantiles(row, n=4)
        print(f"| {name}, t/s | {middle:.2f} | {low:.2f} | {high:.2f} |")
    low, cost, high = quantiles(shares, n=4)
    print(f"| cost (limit {LIMIT:.0%}) | {cost:.1%} | {low:.1%} | {high:.1%} |")
    print(f"| processor time of the app, of one core | {median(costs.cpu):.1%} | | |")
    return 0 if cost <= LIMIT else 1


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.ui_cost", description=__doc__)
    parser.add_argument("--model", type=Path, default=BOB)
    parser.add_argument("-n", "--n-predict", type=int, default=48, help="tokens of each answer")
    parser.add_argument("--rounds", type=int, default=12)
    arguments = parser.parse_args(argv)
    before = machine.load()
    with tempfile.TemporaryDirectory() as folder:
        costs = measure(arguments.model, arguments.n_predict, arguments.rounds, Path(folder))
    print(f"{machine.describe()}; {arguments.model.name};")
    print(f"{arguments.n_predict} tokens, {arguments.rounds} pairs;", end=" ")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    return report(costs)


if __name__ == "__main__":
    sys.exit(main())
