"""`llamachat models use NAME`: the model that every start takes from now on.

Writes the settings, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.config.setting import tell_what_else
from llamachat.cli.failure import say
from llamachat.config.reading import config_path
from llamachat.config.writing import write_values
from llamachat.models.fit import explain
from llamachat.models.found import describe
from llamachat.models.library import model_file


def parser() -> Parser:
    made = Parser(
        "llamachat models use",
        description="Let every start take this model, unless -m names another.",
        epilog="Back to the bundled one: llamachat config unset model",
    )
    made.add_argument("model", metavar="NAME|PATH", help="an installed model, or a .gguf file")
    return made


def run(argv: Sequence[str]) -> int:
    from llamachat.hardware.memory import read_memory

    given = parser().parse_args(argv)
    path = model_file(given.model).absolute()
    found = describe(path)
    backup = write_values({"model": str(path)})
    say(f"From now on {found.name} answers; that is set in {config_path()}")
    if backup:
        say(f"It had to be written anew, without comments; the former file is {backup}")
    say(explain(found.name, found.need, read_memory().usable))
    tell_what_else("model")
    return 0
