"""Measures Bob through the real engine, as the app uses it: the file, the prompt template, a chat.

    python -m scripts.bob.evaluate [MODEL.gguf] [--temp 0.8 --seed 1] [--corpus build/bob]

Prints every wrong answer, the accuracy by category, and the longest run of words that each question
shares with the corpus; fails above six. Without the corpus at hand its beginning is made again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from llamachat import Chunk, GenerateParams, SamplingParams, open_engine
from llamachat.bundled import BOB
from llamachat.chat.chat import Chat
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.engine.base import Engine
from scripts.bob.corpus import check, documents, overlaps
from scripts.bob.leaks import MAX_SHARED_WORDS, met, report, worst
from scripts.bob.questions import Question, evaluation
from scripts.bob.score import Verdict, mistakes, table

MAX_TOKENS = 128


def ask(engine: Engine, dialog: Dialog, question: Question, params: GenerateParams) -> Verdict:
    """One chat from the greeting to the last answer."""
    chat = Chat(engine, dialog)
    answer = ""
    for turn in question.ask:
        events = chat.reply(turn, params)
        answer = "".join(event.text for event in events if isinstance(event, Chunk)).strip()
    return Verdict(question, answer, question.right(answer))


def measure(model: Path, questions: Sequence[Question], sampling: SamplingParams) -> list[Verdict]:
    """All questions, each in a chat of its own."""
    dialog = load_prompt_template("bob").fill()
    params = replace(dialog.params(), n_predict=MAX_TOKENS, sampling=sampling)
    engine = open_engine(model, isolated=False)
    try:
        return [ask(engine, dialog, question, params) for question in questions]
    finally:
        engine.close()


def main() -> int:
    options = _options()
    sampling = SamplingParams(temp=options.temp, seed=options.seed)
    verdicts = measure(options.model, evaluation(), sampling)
    print(f"{mistakes(verdicts)}\n\n{table(verdicts)}\n")
    if (options.corpus / "rows.npy").is_file():
        found = check(options.corpus, options.jobs)
    else:
        print(f"No corpus in {options.corpus}: its first {options.documents} documents are made.")
        found = overlaps(d.text for d in islice(documents("bob 1 0"), options.documents))
    print(f"shared words: questions {report(found)}\n")
    known = met(found)
    strange = [v for v in verdicts if v.question not in known]
    print(f"Questions whose last turn the corpus does not have word for word:\n{table(strange)}")
    return 1 if worst(found) > MAX_SHARED_WORDS else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, nargs="?", default=BOB)
    parser.add_argument("--temp", type=float, default=0.0, help="0 = greedy")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=Path("build/bob"), help="of corpus.py")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2, help="processes that read the corpus")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
