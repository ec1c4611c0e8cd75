"""`llamachat models rm NAME …`: installed models deleted, and the room they took.

A terminal is asked first; a script says --yes. Knows the library.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.errors import ModelError, UsageError
from llamachat.models.fit import gigabytes
from llamachat.models.library import LIST, Installed, find_model
from llamachat.models.removal import remove


def parser() -> Parser:
    made = Parser(
        "llamachat models rm",
        description="Delete installed models. A file that was imported where it lies stays and is "
        "only forgotten.",
    )
    made.add_argument("models", nargs="+", metavar="NAME", help="an installed model")
    made.add_argument("-y", "--yes", action="store_true", help="do not ask")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    models = [_named(name) for name in given.models]
    if not given.yes and not _agreed(models):
        say("Nothing was deleted.")
        return 1
    for model in models:
        removed = remove(model)
        freed = f"; {gigabytes(removed.freed)} are free again" if removed.freed else ""
        say(f"{model.name} is gone from the library{freed}.")
        for path in removed.kept:
            say(f"Its file stays where it was: {path}")
    return 0


def _named(name: str) -> Installed:
    model = find_model(name)
    if model is None:
        raise ModelError(f"No model {name!r} is installed.", LIST)
    return model


def _agreed(models: Sequence[Installed]) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here.", "Delete without asking: --yes")
    size = gigabytes(sum(model.size for model in models))
    names = ", ".join(model.name for model in models)
    sys.stderr.write(f"Delete {names} ({size})? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
