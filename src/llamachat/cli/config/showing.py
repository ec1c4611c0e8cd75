"""`llamachat config show`: every setting, its value and where that comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from llamachat.cli.arguments import Parser
from llamachat.cli.config.sources import Setting, settings
from llamachat.cli.output import standard_output
from llamachat.cli.standing import check
from llamachat.config.edit_text import literal
from llamachat.config.reading import config_path, load_config
from llamachat.sanitize import one_line

MOST = 32
"""columns of a value before what follows it gives way"""


def parser() -> Parser:
    made = Parser(
        "llamachat config show",
        description="Every setting, its value and where that comes from: the file, a variable of "
        "the environment, or the default.",
    )
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    """Raises UsageError, with file and line, where the settings are broken."""
    given = parser().parse_args(argv)
    output = standard_output()
    config = load_config()
    check(config)
    rows = list(settings(config, os.environ))
    output.write(_json(rows) if given.json else _table(rows))
    return 0


def _table(rows: Sequence[Setting]) -> str:
    path = config_path()
    missing = "" if path.exists() else "   (not there yet: llamachat config edit)"
    cells = [(row.key, _words(row), _place(row.source)) for row in rows]
    keys = max(len(key) for key, _, _ in cells)
    values = min(max(len(value) for _, value, _ in cells), MOST)
    lines = [f"{key:<{keys}}  {value:<{values}}  {source}" for key, value, source in cells]
    return "\n".join([f"{one_line(str(path))}{missing}", "", *lines, ""])


def _place(source: str) -> str:
    """A line of the file in short, for its path stands above."""
    return source.removeprefix(f"{config_path()}, ").partition(", column")[0]


def _words(row: Setting) -> str:
    if row.value is None:
        return f"({row.words})"
    return one_line(row.value if isinstance(row.value, str) else literal(row.value))


def _json(rows: Sequence[Setting]) -> str:
    entries: dict[str, Any] = {row.key: {"value": row.value, "from": row.source} for row in rows}
    return json.dumps({"path": str(config_path()), "settings": entries}, indent=2) + "\n"
