"""`llamachat prompts show NAME`: its file as it is, or with --rendered the prompt that it makes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from llamachat.chat.prompt_library import find_prompt_template, load_prompt_template, read_source
from llamachat.chat.prompt_preview import Preview, preview
from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.flags.values import variable
from llamachat.cli.page import Page, open_page
from llamachat.engine.prompt import prompt_text
from llamachat.errors import UsageError


def parser() -> Parser:
    made = Parser(
        "llamachat prompts show",
        description="The file of a prompt template, or the prompt that it makes.",
        epilog="example: llamachat prompts show translator --rendered --set language=French",
    )
    made.add_argument("name", metavar="NAME", help="a prompt template, or the path of a file")
    made.add_argument(
        "--rendered", action="store_true", help="the prompt, with … for your first message"
    )
    made.add_argument(
        "--set", action="append", default=[], dest="values", type=_value, metavar="NAME=VALUE",
        help="a value for a variable (with --rendered)",
    )  # fmt: skip
    made.add_argument(
        "--json", action="store_true", help="print JSON, for scripts: the segments of the prompt"
    )
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    if given.values and not given.rendered:
        raise UsageError("--set changes only the prompt, not the file.", "Add --rendered.")
    if not given.rendered and not given.json:
        page.text(read_source(find_prompt_template(given.name)))
        return 0
    shown = preview(load_prompt_template(given.name), dict(given.values))
    if given.json:
        page.json([{"kind": part.kind, "text": part.text} for part in shown.prompt])
    else:
        _print(page, shown)
    return 0


def _print(page: Page, shown: Preview) -> None:
    """Structure is dim where there is colour, so that words stand out."""
    page.words(*((part.text, "dim" if part.kind == "scaffold" else "") for part in shown.prompt))
    if not prompt_text(shown.prompt):
        say("The prompt is empty.")
    if shown.listed:
        say("[ the model's chat template writes the structure around these messages ]")
    if shown.missing:
        names = " ".join(f"--set {open_.name}=…" for open_ in shown.missing)
        say(f"[ still open: {names} ]")


def _value(text: str) -> tuple[str, str]:
    try:
        return variable(text)
    except ValueError as expected:
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected}") from None
