"""What the full-screen chat costs the model: its decode rate against that of the bare engine.

    python -m scripts.bench.ui_cost [--model 7b-q4_0.gguf] [-n 192] [--rounds 5]

Both answer the same question in the same dialog with the same parameters, default threads, in a
worker; a grammar makes the model write Markdown with code. The bare engine's answer is thrown away;
the app draws it in a pseudo-terminal of 120 × 40, panel open. They take turns, and who begins
changes from round to round. The rates are the engine's own: of the app's answer as it is stored in
the chat. Prints medians, the cost with its spread over the rounds, and the app's processor time.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from llamachat.bundled import BOB
from llamachat.chat.chat import Chat
from llamachat.chat.conversation import figures
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Done
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.models.settle import settle_here
from scripts.bench import machine
from scripts.bench.app_in_pty import App

LIMIT = 0.02
N_CTX = 2048
QUESTION = "Write about Python."
PROMPT_TEMPLATE = "bob"
GRAMMAR = Path(__file__).with_name("markdown.gbnf")
TAIL = 6000
"""bytes at the end of the output in which the figures below the answer are looked for"""
_ENDED = re.compile(r"\d+ tokens · [\d.]+ t/s")


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer in the app."""

    rate: float
    cpu: float
    """of one core, the app's share of the time it took"""
    n_bytes: float
    """written to the terminal for one token"""


def bare(model: Path, n_predict: int) -> float:
    """Tokens per second without anybody looking."""
    params = GenerateParams(
        n_predict=n_predict, sampling=SamplingParams(temp=0, grammar=GRAMMAR.read_text())
    )
    options = settle_here(EngineOptions(model, n_ctx=N_CTX)).options
    with open_engine(model, options=options) as engine:
        chat = Chat(engine, load_prompt_template(PROMPT_TEMPLATE).fill())
        for event in chat.reply(QUESTION, params):
            if isinstance(event, Done):
                return float(figures(event)["decode_rate"])
    raise AssertionError("a stream ends with Done")


def drawn(model: Path, n_predict: int, home: Path) -> Drawn:
    """The same answer on the screen."""
    environment: Mapping[str, str] = {**os.environ, "LLAMACHAT_HOME": str(home)}
    flags = [
        *("-m", str(model), "-c", str(N_CTX), "-T", PROMPT_TEMPLATE, "-n", str(n_predict)),
        *("--temp", "0", "--grammar-file", str(GRAMMAR)),
    ]
    with App(flags, environment) as app:
        app.wait_for("Idle")
        app.type(QUESTION)
        app.read_for(1.0)
        cpu, begun, start = app.cpu(), time.perf_counter(), len(app.output)
        app.type("\r")
        ended = app.wait(
            lambda: _ENDED.search(app.words(max(start, len(app.output) - TAIL))), "end"
        )
        share = (app.cpu() - cpu) / (ended - begun)
        n_bytes = (len(app.output) - start) / n_predict
        app.quit()
    with ChatStore(home / "data" / "chats.db") as store:
        chat = store.latest()
        assert chat is not None
        return Drawn(float(store.line(chat.id).rows[-1].stats["decode_rate"]), share, n_bytes)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.ui_cost", description=__doc__)
    parser.add_argument("--model", type=Path, default=BOB)
    parser.add_argument("-n", "--n-predict", type=int, default=192, help="tokens of each answer")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args(argv)
    model, n_predict = arguments.model, arguments.n_predict
    before = machine.load()
    alone: list[float] = []
    in_app: list[Drawn] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds):
            machine.say(f"round {number + 1} of {arguments.rounds}")
            for subject in ("bare", "app") if number % 2 == 0 else ("app", "bare"):
                if subject == "bare":
                    alone.append(bare(model, n_predict))
                else:
                    in_app.append(drawn(model, n_predict, Path(folder)))
    print(f"{machine.describe()}; {model.name}; {n_predict} tokens, {arguments.rounds} rounds;")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    return report(alone, in_app)


def report(alone: list[float], in_app: list[Drawn]) -> int:
    """Print the table; 1 where the cost is above the limit."""
    rates = [answer.rate for answer in in_app]
    costs = [1 - rate / base for base, rate in zip(alone, rates, strict=True)]
    cost = 1 - median(rates) / median(alone)
    print("| decode | median | least | most |\n|---|---:|---:|---:|")
    for name, row in (("bare engine", alone), ("full-screen chat", rates)):
        print(f"| {name}, t/s | {median(row):.2f} | {min(row):.2f} | {max(row):.2f} |")
    print(
        f"| cost (limit {LIMIT:.0%}) | {cost:.1%} | {min(costs):.1%} | {max(costs):.1%} |\n"
        f"| processor time of the app, of one core | {median(a.cpu for a in in_app):.1%} | | |\n"
        f"| bytes written for a token | {median(a.n_bytes for a in in_app):.0f} | | |"
    )
    return 0 if cost <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
