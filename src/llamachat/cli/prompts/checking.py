"""`llamachat prompts check [NAME|FILE …]`: one line for each fault, with file, line and column.

Exit code 2 where there is one. Without names all are checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llamachat.chat.prompt_library import (
    find_prompt_template,
    prompt_templates,
    read_prompt_template,
)
from llamachat.chat.prompt_parser import PromptTemplateError
from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.page import open_page
from llamachat.config.table import TomlFault
from llamachat.errors import ExitCode, UsageError
from llamachat.sanitize import one_line


def parser() -> Parser:
    made = Parser(
        "llamachat prompts check",
        description="What is wrong in prompt templates: a line for each fault, with its place.",
        epilog="Exit codes: 0 all are sound, 2 at least one is not.",
    )
    made.add_argument(
        "names", nargs="*", metavar="NAME", help="a prompt template or a file (default: all)"
    )
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    names: list[str] = given.names
    paths = [find_prompt_template(name) for name in names] or list(prompt_templates().values())
    faults = [(path, fault) for path in paths for fault in faults_of(path)]
    page = open_page()
    if given.json:
        page.json([_as_json(path, fault) for path, fault in faults])
        return ExitCode.USAGE if faults else ExitCode.OK
    for _, fault in faults:
        page.text(one_line(f"{fault.message} {fault.hint}".rstrip()) + "\n")
    if not faults:
        say("1 prompt template is sound." if len(paths) == 1 else f"All {len(paths)} are sound.")
    return ExitCode.USAGE if faults else ExitCode.OK


def faults_of(path: Path) -> Sequence[UsageError]:
    """All that is wrong in a file, in the order of its lines; empty where it is sound."""
    try:
        read_prompt_template(path)
    except PromptTemplateError as error:
        return error.faults
    except UsageError as error:
        return (error,)
    return ()


def _as_json(path: Path, fault: UsageError) -> dict[str, Any]:
    """Line and column are null where the whole file is at fault."""
    at = fault if isinstance(fault, TomlFault) and fault.line else None
    return {
        "path": str(path),
        "line": at.line if at else None,
        "column": at.column if at else None,
        "message": at.sentence if at else fault.message,
        "hint": fault.hint,
    }
