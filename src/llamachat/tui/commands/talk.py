"""Commands about messages: answer again, take back, edit, fork, copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamachat.chat.code_blocks import code_blocks
from llamachat.chat.export import markdown
from llamachat.errors import UsageError
from llamachat.tui.commands.command import SlashCommand

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


def refuse_while_busy(screen: ChatScreen) -> None:
    """Raises UsageError while an answer is being written."""
    if screen.turns.busy:
        raise UsageError("An answer is being written.", "Escape stops it.")


async def regenerate(screen: ChatScreen, _argument: str) -> None:
    refuse_while_busy(screen)
    await screen.turns.regenerate()


async def undo(screen: ChatScreen, _argument: str) -> None:
    refuse_while_busy(screen)
    screen.editing.end()
    text = screen.conversation.undo()
    await screen.show_rows()
    screen.desk.drafts.put_back(text)
    screen.turns.show_stored()


async def edit(screen: ChatScreen, argument: str) -> None:
    refuse_while_busy(screen)
    role = "assistant" if argument in ("answer", "assistant") else "user"
    row = screen.conversation.latest(role)
    if row is None:
        raise UsageError("There is nothing to edit yet.", "Say something first.")
    screen.editing.begin(row.id)


async def fork(screen: ChatScreen, _argument: str) -> None:
    rows = screen.conversation.rows
    if not rows:
        raise UsageError("There is nothing to fork yet.", "Say something first.")
    left = screen.composer.draft
    screen.turns.when_quiet(lambda: screen.desk.fork(screen.conversation.rows[-1].id, left=left))


async def copy(screen: ChatScreen, argument: str) -> None:
    if argument == "all":
        chat = screen.conversation.id
        if chat is None or not screen.conversation.rows:  # a draft makes a chat, too
            raise UsageError("This chat is empty.", "Say something first.")
        screen.copy(markdown(screen.store.get(chat), screen.conversation.rows))
        return
    row = screen.conversation.latest("assistant")
    if row is None:
        raise UsageError("There is no answer to copy yet.", "Say something first.")
    text = row.message.text
    if argument != "code":
        screen.copy(text)
        return
    blocks = code_blocks(text)
    if not blocks:
        raise UsageError("There is no code in the latest answer.", "All of it: /copy")
    screen.copy(blocks[-1])


def _copies(_argument: str) -> list[tuple[str, str]]:
    return [
        ("code", "the last code block of the latest answer"),
        ("all", "the whole chat as Markdown"),
    ]


COMMANDS = (
    SlashCommand("/regen", "answer the latest message once more", regenerate),
    SlashCommand("/undo", "take the latest message back, with its answer", undo),
    SlashCommand(
        "/edit",
        "edit your latest message, or the latest answer",
        edit,
        usage="[answer]",
        arguments=lambda _: [("answer", "the latest answer")],
    ),
    SlashCommand("/fork", "go on in a copy of this chat", fork),
    SlashCommand(
        "/copy",
        "copy the latest answer, its last code block, or all",
        copy,
        usage="[code|all]",
        arguments=_copies,
    ),
)
