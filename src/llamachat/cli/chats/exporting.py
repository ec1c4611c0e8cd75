"""`llamachat chats export`: a chat as Markdown or JSON, to standard output or into a file.

A file is written beside its target and then takes its place; one that is there already stays,
unless --force says otherwise. Knows files and the store; `chat.export` writes the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from llamachat.cli.arguments import Parser
from llamachat.cli.chats.arguments import action_parser, add_one_chat, chosen, opened_store
from llamachat.cli.chats.facts import as_json
from llamachat.cli.failure import say
from llamachat.cli.page import open_page
from llamachat.errors import LlamaChatError, UsageError
from llamachat.hardware.places import expanded
from llamachat.text_file import write_whole

FORMATS = ("md", "json")


def parser() -> Parser:
    made = action_parser(
        "export",
        "A chat as Markdown (its current line of messages) or JSON (all of it, to import again).",
    )
    add_one_chat(made)
    made.add_argument(
        "--format", choices=FORMATS, metavar="FORMAT",
        help="md or json (default: by the name of the file, else md)",
    )  # fmt: skip
    made.add_argument("-o", "--output", metavar="FILE", help="write this file")
    made.add_argument("--force", action="store_true", help="replace the file if it is there")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    path = _target(given.output, force=given.force)
    wanted = given.format or ("json" if given.json or _is_json(path) else "md")
    page = open_page()
    from llamachat.chat.export import markdown, to_json

    with opened_store() as store:
        record = chosen(store, given.chat)
        if wanted == "json":
            text = to_json(record, store.tree(record.id))
        else:
            text = markdown(record, store.line(record.id).rows)
    if path is None:
        page.text(text)
        return 0
    try:
        write_whole(path, text)
    except OSError as error:
        raise LlamaChatError(f"{path} cannot be written: {error.strerror or error}.") from None
    say(f"Chat {record.id} is in {path}")
    if given.json:
        page.json(as_json(record) | {"file": str(path)})
    return 0


def _is_json(path: Path | None) -> bool:
    return path is not None and path.suffix.lower() == ".json"


def _target(name: str | None, *, force: bool) -> Path | None:
    """The file to write; None is standard output.

    Raises:
        UsageError: it is there already, or it is no file.
    """
    if name is None or name == "-":
        return None
    path = expanded(name)
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Give the name of a file.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no ordinary file.", f"Write to standard output: > {path}")
    if path.exists() and not force:
        raise UsageError(f"{path} is there already.", "Add --force to replace it.")
    return path.resolve() if path.is_symlink() else path
