"""`llamachat config ACTION`: the settings shown, found, edited and changed.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Only these actions ever write the file, and the settings screen of the full-screen chat.
"""

from __future__ import annotations

from llamachat.cli.actions import Actions
from llamachat.cli.commands import Command

ACTIONS: dict[str, Command] = {
    "show": Command("config.showing", "every setting, its value and where that comes from"),
    "path": Command("config.locating", "where the file is"),
    "edit": Command("config.editing", "open the file in $VISUAL or $EDITOR, check it after"),
    "set": Command("config.setting", "give a setting a value: set KEY VALUE"),
    "unset": Command("config.unsetting", "have the default of a setting back: unset KEY"),
}
_DOOR = Actions(
    "config",
    ACTIONS,
    default="show",
    flags=("--json",),
    description="Settings for every start. Without an action they are shown.",
    epilog="Environment variables win over the file, flags win over both.\n"
    "example: llamachat config set sampling.temp 0.6",
    column=8,
)
run, parser = _DOOR.run, _DOOR.parser
