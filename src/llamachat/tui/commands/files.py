"""Commands that attach files to the draft: /read and /glob.

Sizes are bounded before anything is read; a binary file is refused in words.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.errors import UsageError
from llamachat.hardware.places import expanded
from llamachat.tui.commands.command import SlashCommand

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen

MAX_BYTES = 1 << 20
"""of all files of one command; about 250,000 tokens, more than any context here"""
MAX_FILES = 100
"""as llama.cpp's /glob"""
MAX_LISTED = 20


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a file of at most `limit` bytes.

    Raises:
        UsageError: it cannot be read, is too large, or is no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(data) > limit:
        raise UsageError(f"{path} is larger than {limit >> 10} KiB.", "Attach a part of it.")
    if b"\0" in data:
        raise UsageError(f"{path} is no text file.", "Only text can be attached.")
    return data.decode("utf-8", "replace")


def tail_text(path: Path, limit: int = MAX_BYTES) -> str:
    """The end of a file that may not be there, for people to read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - limit))
            return file.read(limit).decode("utf-8", "replace")
    except OSError as error:
        return f"{path}: {error.strerror or error}"


async def read(screen: ChatScreen, argument: str) -> None:
    if not argument:
        raise UsageError("The file is missing.", "As in: /read notes.txt")
    path = expanded(argument)
    screen.composer.attach(path.name, read_text(path))


async def glob(screen: ChatScreen, argument: str) -> None:
    if not argument:
        raise UsageError("The pattern is missing.", "As in: /glob src/**/*.py")
    pattern = expanded(argument)
    anchor = Path(pattern.anchor or ".")
    found = sorted(filter(Path.is_file, anchor.glob(str(pattern.relative_to(pattern.anchor)))))
    if not found:
        raise UsageError(f"No file matches {argument}.", "A folder and what is below: src/**/*.py")
    if len(found) > MAX_FILES:
        raise UsageError(f"{len(found)} files match; {MAX_FILES} at most.", "Narrow the pattern.")
    left, texts = MAX_BYTES, []
    for path in found:
        texts.append(read_text(path, left))
        left -= len(texts[-1].encode())
    for path, text in zip(found, texts, strict=True):
        screen.composer.attach(str(path), text)


def paths(typed: str) -> Iterator[tuple[str, str]]:
    """Files and folders that begin as typed."""
    folder, _, start = typed.rpartition("/")
    parent = expanded(f"{folder}/" if folder or typed.startswith("/") else ".")
    try:
        names = sorted(entry.name for entry in os.scandir(parent) if entry.name.startswith(start))
    except OSError:  # no such folder, or a closed one: nothing to offer
        return
    for name in names[:MAX_LISTED]:
        whole = f"{typed[: len(typed) - len(start)]}{name}"
        yield (f"{whole}/", "folder") if (parent / name).is_dir() else (whole, "file")


COMMANDS = (
    SlashCommand("/read", "attach a text file", read, usage="FILE", arguments=paths),
    SlashCommand("/glob", "attach all files that match a pattern", glob, usage="PATTERN"),
)
