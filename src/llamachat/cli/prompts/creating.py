"""`llamachat prompts new NAME`: an own prompt template, begun as a commented copy of another."""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.chat.prompt_files import new_prompt_template
from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.prompts.editing import edit_and_check
from llamachat.hardware.terminal import read_terminal

BASE = "bob"


def parser() -> Parser:
    made = Parser(
        "llamachat prompts new",
        description="Begin a prompt template of your own as a commented copy of another.\n"
        "On a terminal it is opened in $VISUAL or $EDITOR and checked after.",
        epilog="example: llamachat prompts new pirate --from storyteller",
    )
    made.add_argument("name", metavar="NAME", help="how it will be called")
    made.add_argument(
        "--from", dest="base", default=BASE, metavar="NAME", help=f"what to copy (default: {BASE})"
    )
    made.add_argument("--no-edit", action="store_true", help="do not open an editor")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    path = new_prompt_template(given.name, given.base)
    say(f"Written: {path}")
    terminal = read_terminal()
    if given.no_edit or not (terminal.stdin and terminal.stdout):
        return 0
    return edit_and_check(path)
