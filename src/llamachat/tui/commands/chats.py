"""Commands about chats: new, open, search, export, rename, quit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.chat.export import markdown, to_json
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded
from llamachat.text_file import write_whole
from llamachat.tui.commands.command import SlashCommand

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


async def new(screen: ChatScreen, _argument: str) -> None:
    screen.desk.open_new()


async def chats(screen: ChatScreen, argument: str) -> None:
    if argument:
        if not argument.isdecimal():
            raise UsageError(f"{argument!r} is no number of a chat.", "The list: /chats")
        screen.desk.open_stored(int(argument))
        return
    screen.overlays.chats()


async def search(screen: ChatScreen, argument: str) -> None:
    screen.overlays.search(argument)


async def rename(screen: ChatScreen, argument: str) -> None:
    chat = screen.conversation.id
    if chat is None:
        raise UsageError("This chat is empty.", "Say something first.")
    if not argument:
        raise UsageError("The new title is missing.", "As in: /rename Letters to Anna")
    screen.store.rename(chat, argument)
    screen.appearance.name_things()


async def export(screen: ChatScreen, argument: str) -> None:
    chat = screen.conversation.id
    if chat is None or not screen.conversation.rows:  # a draft makes a chat, too
        raise UsageError("This chat is empty.", "Say something first.")
    record = screen.store.get(chat)
    wanted = argument or "md"
    if wanted in ("md", "json"):
        stem = re.sub(r"[^\w-]+", "-", record.title).strip("-")[:40] or "chat"
        path = Path(f"{stem}-{record.id}.{wanted}")
    else:
        path = expanded(wanted)
    if path.exists():
        raise UsageError(f"{path} is there already.", "Give another name: /export NAME.md")
    if path.suffix == ".json":
        text = to_json(record, screen.store.tree(chat))
    else:
        text = markdown(record, screen.conversation.rows)
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from None
    screen.say(f"Written: {path.absolute()}")


async def leave(screen: ChatScreen, _argument: str) -> None:
    screen.app.exit(0)


COMMANDS = (
    SlashCommand("/new", "begin a new chat", new, aliases=("/clear", "/reset")),
    SlashCommand(
        "/chats", "open, rename or delete a chat", chats, usage="[NUMBER]", aliases=("/sessions",)
    ),
    SlashCommand("/search", "search all chats", search, usage="[WORDS]"),
    SlashCommand("/rename", "give this chat a title", rename, usage="TITLE"),
    SlashCommand(
        "/export",
        "write this chat to a file",
        export,
        usage="[md|json|FILE]",
        aliases=("/save",),
        arguments=lambda _: [("md", "as Markdown"), ("json", "with all versions")],
    ),
)
QUIT = SlashCommand("/quit", "leave; everything is saved", leave, aliases=("/exit", "/bye"))
