"""`llamachat prompts edit NAME`: a prompt template in the person's editor, checked afterwards.

A shipped one gets an own copy first. What was typed is kept, sound or not.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from llamachat.chat.prompt_files import own_copy
from llamachat.chat.prompt_library import find_prompt_template, read_prompt_template
from llamachat.cli.arguments import Parser
from llamachat.cli.editor import edit
from llamachat.cli.failure import say
from llamachat.cli.prompts.checking import faults_of
from llamachat.errors import ExitCode


def parser() -> Parser:
    made = Parser(
        "llamachat prompts edit",
        description="Open a prompt template in $VISUAL or $EDITOR and check it after.\n"
        "A shipped one is copied to your own folder first; the copy hides it.",
    )
    made.add_argument("name", metavar="NAME", help="a prompt template, or the path of a file")
    return made


def run(argv: Sequence[str]) -> int:
    name: str = parser().parse_args(argv).name
    before = find_prompt_template(name)
    path = own_copy(name)
    if path != before:
        say(f"Your own copy: {path}")
    return edit_and_check(path)


def edit_and_check(path: Path) -> int:
    """Wait for the editor, then say what is wrong; returns the exit code."""
    edit(path)
    faults = faults_of(path)
    for fault in faults:
        say("\n  ".join(filter(None, (fault.message, fault.hint))))
    again = shlex.quote(path.stem)
    if faults:
        say(f"Your edit is kept. Go on: llamachat prompts edit {again}")
        return ExitCode.USAGE
    template = read_prompt_template(path)
    asked = "".join(f" --set {variable.name}=…" for variable in template.missing({}))
    say(f"It is sound. Talk in it: llamachat -T {again}{asked}")
    return ExitCode.OK
