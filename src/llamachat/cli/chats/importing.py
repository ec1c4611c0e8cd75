"""`llamachat chats import`: chats from JSON files or standard input.

Knows files; what they hold is read and checked by `chat.chat_import`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.chats.arguments import action_parser, opened_store
from llamachat.cli.chats.facts import as_json, messages, title
from llamachat.cli.failure import say
from llamachat.cli.page import open_page
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded
from llamachat.text_file import NotUtf8, TextError, decoded, read_bounded, read_text

MAX_BYTES = 256 << 20


def parser() -> Parser:
    made = action_parser(
        "import",
        "Chats from JSON: what `export --format json` writes, or lists of messages with a role\n"
        'and a content, as in {"messages": [...]}; JSON lines too.',
    )
    made.add_argument("files", nargs="+", metavar="FILE", help="a file, - for standard input")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    from llamachat.chat.chat_import import import_chats

    with opened_store() as store:
        records = []
        for name in given.files:
            try:
                records += import_chats(store, _read(name))
            except UsageError as error:
                raise UsageError(f"{name}: {error.message}", error.hint) from None
    if given.json:
        page.json([as_json(record) for record in records])
    for record in records:
        say(f"Chat {record.id}: {title(record)} ({messages(record.messages)})")
    return 0


def _read(name: str) -> str:
    """The text of a file."""
    try:
        if name != "-":
            return read_text(expanded(name), MAX_BYTES)
        return decoded(read_bounded(sys.stdin.buffer, MAX_BYTES)) if sys.stdin is not None else ""
    except OSError as error:
        raise UsageError(f"It cannot be read: {error.strerror or error}.") from None
    except NotUtf8 as fault:
        raise UsageError(f"It {fault}.", "Convert it first: iconv -t UTF-8 FILE") from None
    except TextError as fault:
        raise UsageError(f"It {fault}.") from None
