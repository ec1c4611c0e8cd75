"""The keys of the chat screen: each with an id to remap it by, a description and a tooltip.

The footer, the help screen and the command palette are made from these. Keys follow what terminal
chats have in common: Enter sends, Escape stops, Ctrl+C clears, stops or leaves.
"""

from __future__ import annotations

from dataclasses import replace

from textual.binding import Binding


def _binding(
    keys: str,
    action: str,
    description: str,
    tooltip: str,
    *,
    show: bool = False,
    first: bool = True,
) -> Binding:
    """`first`: before the widget that has the focus sees the key."""
    return Binding(
        keys,
        action,
        description,
        show=show,
        priority=first,
        id=f"chat.{action}",
        tooltip=tooltip,
    )


def _command(
    keys: str, name: str, command: str, description: str, tooltip: str, *, show: bool = False
) -> Binding:
    """A key for a slash command."""
    binding = _binding(keys, name, description, tooltip, show=show)
    return replace(binding, action=f"command('{command}')")


CHAT_BINDINGS = [
    _command("f1", "help", "/help", "Help", "All keys and commands", show=True),
    _binding(
        "escape", "stop", "Stop", "Stop reading or writing; what is there is kept",
        show=True, first=False,
    ),
    _command("ctrl+n", "new", "/new", "New", "Begin a new chat", show=True),
    _command("ctrl+o", "chats", "/chats", "Chats", "Open, rename or delete a chat", show=True),
    _command("ctrl+f", "search", "/search", "Search", "Search all chats"),
    _binding("f2", "panel", "Panel", "Live figures: full, one line, or off", show=True),
    _command("f3", "prompts", "/template", "Prompt templates", "Choose or edit one"),
    _command("f4", "settings", "/set", "Settings", "Model, context, threads, sampling", show=True),
    _command("f5", "regenerate", "/regen", "Regenerate", "Answer the latest message once more"),
    _binding("f6", "transcript", "Transcript", "Go to the messages, or back to the composer"),
    _command("f7", "copy_answer", "/copy", "Copy answer", "Copy the latest answer"),
    _binding("f8", "log", "Engine log", "What llama.cpp said while it loaded and ran"),
    _binding("f9", "download", "Download", "How far it is; pause, go on, cancel"),
    _binding("ctrl+c", "interrupt", "Copy, stop, clear or quit",
             "Copies a selection; stops an answer; clears the draft; twice on nothing: quits"),
    _binding("ctrl+d", "quit_if_empty", "Quit", "Quit, where nothing is written", first=False),
    _command("ctrl+q", "quit", "/quit", "Quit", "Quit; everything is saved", show=True),
]  # fmt: skip
