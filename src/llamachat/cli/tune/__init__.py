"""`llamachat tune [MODEL]`: which settings are fastest for a model on this machine, measured.

The table goes to standard output, what happens meanwhile to standard error. Knows the words of the
command line; nothing of how anything is measured.
"""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.flags.given import Given
from llamachat.cli.page import open_page

LEAST_SECONDS, MOST_SECONDS = 1, 600


def parser() -> Parser:
    made = Parser(
        "llamachat tune",
        description="Measure which settings are the fastest for a model on this machine: threads, "
        "flash attention, micro-batch and KV cache. Neighbours in time are compared, and a "
        "setting is taken only where it is faster by more than the measurements scatter. It is "
        "used whenever that model is loaded; flags and settings come before it.",
        epilog="A chat does this by itself, once for each model, while nobody waits.\n"
        "Never by itself: llamachat config set tune false",
    )
    made.add_argument(
        "model",
        nargs="?",
        metavar="MODEL",
        help="name of a model, or a .gguf file (default: the one a chat begins with; "
        "for --show and --forget: all)",
    )
    made.add_argument(
        "--seconds",
        type=_seconds,
        metavar="N",
        help="take so long at most (default: 20)",
    )
    action = made.add_mutually_exclusive_group()
    action.add_argument("--show", action="store_true", help="what was found, without measuring")
    action.add_argument("--forget", action="store_true", help="forget what was found")
    made.add_argument(
        "--anyway", action="store_true", help="also while other programs use the processor"
    )
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    typed = parser().parse_args(argv)
    from llamachat.cli.tune import remembering, searching, showing  # 60 ms, not for completion

    page = open_page()
    if typed.forget:
        count = remembering.forgotten(typed.model)
        say("There was nothing to forget." if not count else f"Forgotten: {_models(count)}.")
        return 0
    if typed.show:
        found = remembering.found(typed.model)
        showing.show(page, found, json=typed.json)
        if not found:
            say("Nothing was measured yet. Measure: llamachat tune")
        return 0
    tuning = searching.measure(_given(typed.model), typed.seconds, anyway=typed.anyway)
    showing.show(page, [tuning], json=typed.json)
    if any(verdict.outcome == "busy" for verdict in tuning.verdicts):
        say("Measure again when nothing else runs, or count it all the same: --anyway")
    return 0


def _given(model: str | None) -> Given:
    """What stands for every start, with the model that was named; computed by this machine."""
    from llamachat.cli.flags.parse import parse
    from llamachat.cli.standing import above
    from llamachat.config.reading import load_config

    words = [] if model is None else ["-m", model]
    given = above(load_config(), parse(words, os.environ))
    return given.without("endpoint", "endpoint_model")


def _seconds(text: str) -> int:
    if not (text.isdecimal() and LEAST_SECONDS <= int(text[:9]) <= MOST_SECONDS):
        raise ArgumentTypeError(f"it takes {LEAST_SECONDS} to {MOST_SECONDS}")
    return int(text)


def _models(count: int) -> str:
    return "what was found for 1 model" if count == 1 else f"what was found for {count} models"
