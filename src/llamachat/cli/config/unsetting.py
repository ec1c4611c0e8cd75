"""`llamachat config unset KEY`: the default back."""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.config.setting import tell_what_else
from llamachat.cli.failure import say
from llamachat.config.reading import config_path, read_config_text
from llamachat.config.writing import set_value, written_name


def parser() -> Parser:
    made = Parser(
        "llamachat config unset",
        description="Remove a setting from the file, so that its default holds again.",
    )
    made.add_argument("key", metavar="KEY", help="a name that `llamachat config show` lists")
    return made


def run(argv: Sequence[str]) -> int:
    key = written_name(parser().parse_args(argv).key)
    path = config_path()
    before = read_config_text(path)
    backup = set_value(key, None)
    changed = read_config_text(path) != before
    say(f"{key} is {'no longer' if changed else 'not'} in {path}")
    if backup:
        say(f"It had to be written anew, without comments; the former file is {backup}")
    tell_what_else(key)
    return 0
