"""`llamachat prompts ACTION`: prompt templates listed, read, made, edited and checked.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Answers go to standard output (`--json` for scripts), confirmations and faults to standard error.
"""

from __future__ import annotations

from llamachat.cli.actions import Actions
from llamachat.cli.commands import Command

ACTIONS: dict[str, Command] = {
    "list": Command("prompts.listing", "all prompt templates, yours and the shipped ones"),
    "show": Command("prompts.showing", "the file of one, or the prompt it makes"),
    "new": Command("prompts.creating", "begin one of your own as a copy of another"),
    "edit": Command("prompts.editing", "open one in $VISUAL or $EDITOR, check it after"),
    "check": Command("prompts.checking", "what is wrong in them, with line and column"),
    "path": Command("prompts.locating", "where they are"),
}
_DOOR = Actions(
    "prompts",
    ACTIONS,
    default="list",
    flags=("--json",),
    description="Prompt templates: files that say how a dialog goes.\n"
    "Without an action they are listed.",
    epilog="Talk in one: llamachat -T NAME",
    column=8,
)
run, parser, parsers = _DOOR.run, _DOOR.parser, _DOOR.parsers
