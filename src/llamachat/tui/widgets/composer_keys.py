"""The keys of the composer, for its help and for remapping. Knows nothing of what they do."""

from __future__ import annotations

from enum import Enum
from typing import cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.binding import Binding


class _Modified(Enum):
    ALT_ENTER = "alt+enter"


def read_alt_enter() -> None:
    """Know Alt+Enter from Enter where a terminal sends it as ESC CR, which is most of them.

    Textual 8.2 drops the Alt (its issue 6663), and the message would be sent.
    """
    table = cast("dict[str, object]", ANSI_SEQUENCES_KEYS)
    table["\x1b\r"] = (_Modified.ALT_ENTER,)


def _key(
    keys: str, action: str, name: str, description: str, tooltip: str, *, show: bool = False
) -> Binding:
    """`show`: in the footer, where it can be used."""
    return Binding(keys, action, description, show=show, tooltip=tooltip, id=f"composer.{name}")


COMPOSING = [
    _key("enter", "submit", "submit", "Send", "Send the message, or run the command"),
    _key(
        "shift+enter,ctrl+j,alt+enter",
        "newline",
        "newline",
        "New line",
        "Go on in a new line; a backslash and Enter does the same in any terminal",
    ),
    _key("up", "older", "older", "Up", "One line up; from the first line, what was sent before"),
    _key(
        "down", "newer", "newer", "Down", "One line down; from the last line, what was sent later"
    ),
    _key("ctrl+r", "search", "search", "Search sent", "Search what was sent before; again: older"),
    _key("tab", "complete", "complete", "Complete", "Complete the command"),
    _key("escape", "close", "close", "Close", "Close the list of commands", show=True),
    _key("ctrl+g", "edit", "edit", "Editor", "Write the message in $VISUAL or $EDITOR"),
    _key("ctrl+t", "open_chip", "open_chip", "Open paste", "Show the whole text of a folded paste"),
]
"""of the composer as a whole"""

EDITING = [
    _key("left", "cursor_left", "left", "Left", "One character left"),
    _key("right", "cursor_right", "right", "Right", "One character right"),
    _key("ctrl+left,alt+left", "cursor_word_left", "word_left", "Word left", "One word left"),
    _key("ctrl+right,alt+right", "cursor_word_right", "word_right", "Word right", "One word right"),
    _key("home,ctrl+a", "cursor_line_start", "home", "Line start", "To the start of the line"),
    _key("end,ctrl+e", "cursor_line_end", "end", "Line end", "To the end of the line"),
    _key("shift+left", "cursor_left(True)", "select_left", "Select left", "Select to the left"),
    _key(
        "shift+right", "cursor_right(True)", "select_right", "Select right", "Select to the right"
    ),
    _key("shift+up", "cursor_up(True)", "select_up", "Select up", "Select one line up"),
    _key("shift+down", "cursor_down(True)", "select_down", "Select down", "Select one line down"),
    _key(
        "ctrl+shift+left",
        "cursor_word_left(True)",
        "select_word_left",
        "Select word left",
        "Select one word to the left",
    ),
    _key(
        "ctrl+shift+right",
        "cursor_word_right(True)",
        "select_word_right",
        "Select word right",
        "Select one word to the right",
    ),
    _key(
        "shift+home",
        "cursor_line_start(True)",
        "select_home",
        "Select to start",
        "Select to the start of the line",
    ),
    _key(
        "shift+end",
        "cursor_line_end(True)",
        "select_end",
        "Select to end",
        "Select to the end of the line",
    ),
    _key("alt+a,super+a", "select_all", "select_all", "Select all", "Select the whole draft"),
    _key(
        "backspace", "delete_left", "backspace", "Delete left", "Delete what is left of the cursor"
    ),
    _key("delete,ctrl+d", "delete_right", "delete", "Delete right", "Delete what is at the cursor"),
    _key(
        "ctrl+w,ctrl+backspace,alt+backspace",
        "delete_word_left",
        "delete_word_left",
        "Delete word left",
        "Delete to the start of the word",
    ),
    _key(
        "alt+delete,alt+d",
        "delete_word_right",
        "delete_word_right",
        "Delete word right",
        "Delete to the end of the word",
    ),
    _key(
        "ctrl+u,super+backspace",
        "delete_to_start_of_line",
        "delete_to_start",
        "Delete to start",
        "Delete to the start of the line",
    ),
    _key(
        "ctrl+k",
        "delete_to_end_of_line_or_delete_line",
        "delete_to_end",
        "Delete to end",
        "Delete to the end of the line",
    ),
    _key("ctrl+shift+k", "delete_line", "delete_line", "Delete line", "Delete the line"),
    _key("ctrl+x,super+x", "cut", "cut", "Cut", "Cut the selection, or the line"),
    _key("ctrl+c,super+c", "copy", "copy", "Copy", "Copy the selection"),
    _key("ctrl+v", "paste", "paste", "Paste", "Paste what was copied here"),
    _key("ctrl+z,super+z", "undo", "undo", "Undo", "Undo the last change"),
    _key("ctrl+y,super+y", "redo", "redo", "Redo", "Do it again"),
]
"""of the text in it"""
