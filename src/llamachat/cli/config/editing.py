"""`llamachat config edit`: the file in the person's editor, checked when it is closed.

What was written stays, right or wrong: a fault is told with its line.
"""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.config.sources import defaults
from llamachat.cli.editor import edit
from llamachat.cli.standing import check
from llamachat.config.reading import MEND, config_path, load_config
from llamachat.config.skeleton import skeleton
from llamachat.config.writing import replace_text
from llamachat.errors import UsageError


def parser() -> Parser:
    return Parser(
        "llamachat config edit",
        description="Open the file in $VISUAL or $EDITOR, and check it when it is closed. A new "
        "file has every setting in it, commented out.",
    )


def run(argv: Sequence[str]) -> int:
    """Raises UsageError, with file and line, where the edited file is broken."""
    parser().parse_args(argv)
    path = config_path()
    if not path.exists():
        replace_text(path, skeleton(defaults()))
    edit(path)
    try:
        check(load_config({}))
    except UsageError as error:
        hint = error.hint.removesuffix(MEND).strip()
        kept = "What you wrote is kept; go on with: llamachat config edit"
        raise UsageError(error.message, f"{hint} {kept}".strip()) from None
    return 0
