"""`llamachat models ACTION`: model files listed, fetched, shown, verified, imported and removed.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Answers go to standard output (`--json` for scripts), confirmations to standard error.
"""

from __future__ import annotations

from llamachat.cli.actions import Actions
from llamachat.cli.commands import Command

ACTIONS: dict[str, Command] = {
    "list": Command("models.listing", "what is installed, what can be had, and what fits here"),
    "pull": Command("models.pulling", "fetch a model of the catalogue, the hub or an address"),
    "use": Command("models.using", "the model that every start takes"),
    "show": Command("models.showing", "what a model file holds, and where it came from"),
    "verify": Command("models.verifying", "checksums of models, files and folders of weights"),
    "import": Command("models.importing", "a model of this disk, or the one in a llamafile"),
    "rm": Command("models.removing", "delete models"),
    "path": Command("models.locating", "where a model's file is"),
}
_DOOR = Actions(
    "models",
    ACTIONS,
    default="list",
    description="Model files. Without an action they are listed.",
    epilog="A model answers with: llamachat -m NAME",
)
run, parser, parsers = _DOOR.run, _DOOR.parser, _DOOR.parsers
