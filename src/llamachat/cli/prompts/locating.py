"""`llamachat prompts path [NAME]`: the file of a prompt template, or the folder of the person's."""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.chat.prompt_library import find_prompt_template, own_folder
from llamachat.cli.arguments import Parser
from llamachat.cli.page import open_page


def parser() -> Parser:
    made = Parser(
        "llamachat prompts path",
        description="The file of a prompt template; without a name the folder for your own.",
    )
    made.add_argument("name", nargs="?", metavar="NAME", help="a prompt template")
    return made


def run(argv: Sequence[str]) -> int:
    """The folder need not exist: the first own prompt template makes it."""
    name: str | None = parser().parse_args(argv).name
    open_page().text(f"{find_prompt_template(name) if name else own_folder()}\n")
    return 0
