"""`llamachat models import PATH`: a model of this disk, or the one inside a llamafile.

Knows arguments and sentences; `models.importing` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shlex import quote

from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.models.hashing import hash_line
from llamachat.cli.page import open_page
from llamachat.models.importing import How, import_model


def parser() -> Parser:
    made = Parser(
        "llamachat models import",
        description="Take a GGUF of this disk into the library: its checksum is taken, compared\n"
        "with what is known, and remembered. From a llamafile the model is copied out.",
    )
    made.add_argument("path", metavar="PATH", help="a .gguf file (the first of a split model), or "
                      "a .llamafile")  # fmt: skip
    made.add_argument("--name", metavar="NAME", help="what to call it (default: as the file)")
    ways = made.add_mutually_exclusive_group()
    ways.add_argument("--link", action="store_true", help="leave the file where it is (default)")
    ways.add_argument("--copy", action="store_true", help="keep a copy in llamachat's data folder")
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    how: How | None = "copy" if given.copy else "link" if given.link else None
    with hash_line("Importing") as line:
        made = import_model(
            Path(given.path),
            name=given.name or "",
            how=how,
            on_file=lambda path: partial(line, path),
        )
    if given.json:
        page.json({
            "name": made.name, "path": str(made.path), "size": made.size, "sha256": made.sha256,
            "source": made.source, "confirmed": list(made.confirmed),
        })  # fmt: skip
    else:
        page.line((str(made.path), ""))
    known = f", confirmed by {' and '.join(made.confirmed)}" if made.confirmed else ""
    say(f"{made.name} is in the library; SHA-256 {made.sha256}{known}.")
    say(f"Talk to it: llamachat -m {quote(made.name)}")
    return 0
