"""`llamachat models rm NAME …`: models deleted, finished or not, and the room they took.

A terminal is asked first; a script says --yes. Knows the library and what transfers left.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.models.listing import in_use
from llamachat.cli.models.unfinished import Unfinished, unfinished, unfinished_named
from llamachat.errors import ModelError, UsageError
from llamachat.models.fetch.leftovers import discard
from llamachat.models.fit import gigabytes
from llamachat.models.library import LIST, Installed, find_adapter, find_model, installed
from llamachat.models.nearest import did_you_mean
from llamachat.models.removal import remove

Target = Installed | Unfinished


def parser() -> Parser:
    made = Parser(
        "llamachat models rm",
        description="Delete installed models, and what unfinished transfers left. A file that was "
        "imported where it lies stays and is only forgotten.",
    )
    made.add_argument("models", nargs="+", metavar="NAME", help="as `models list` calls it")
    made.add_argument("-y", "--yes", action="store_true", help="do not ask")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    targets = [target for name in given.models for target in _meant(name)]
    if not given.yes and not _agreed(targets):
        say("Nothing was deleted.")
        return 1
    used = in_use()
    for target in targets:
        if isinstance(target, Unfinished):
            discard(target.leftover)
            say(f"What was left of {target.name} is gone; {gigabytes(_size(target))} are free.")
        else:
            _remove(target)
            if used is not None and used == target.path:
                say("It was the model of the settings; back to Bob: llamachat config unset model")
    if left := sum(_size(one) for one in unfinished()):
        say(f"Unfinished transfers take {gigabytes(left)}; {LIST[0].lower()}{LIST[1:]}")
    return 0


def _remove(model: Installed) -> None:
    removed = remove(model)
    freed = f"; {gigabytes(removed.freed)} are free again" if removed.freed else ""
    say(f"{model.name} is gone from the library{freed}.")
    for path in removed.kept:
        say(f"Its file stays where it was: {path}")


def _meant(name: str) -> Iterator[Target]:
    """A model or an adapter, else all that is left of one."""
    model = find_model(name) or find_adapter(name)
    found: list[Target] = [model] if model else [*unfinished_named(name)]
    if not found:
        known = [*(one.name for one in installed()), *(one.name for one in unfinished())]
        near = did_you_mean(name, known)
        raise ModelError(f"No model {name!r} is installed.", f"{near} {LIST}".lstrip())
    yield from found


def _size(target: Target) -> int:
    return target.size if isinstance(target, Installed) else target.leftover.size


def _agreed(targets: Sequence[Target]) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here.", "Delete without asking: --yes")
    size = gigabytes(sum(map(_size, targets)))
    names = ", ".join(target.name for target in targets)
    sys.stderr.write(f"Delete {names} ({size})? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
