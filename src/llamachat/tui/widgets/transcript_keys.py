"""The keys of the transcript while it has the focus. Knows nothing of what they do."""

from __future__ import annotations

from textual.binding import Binding


def _key(
    keys: str, name: str, description: str, tooltip: str, action: str = "", *, show: bool = False
) -> Binding:
    """`show`: in the footer."""
    return Binding(
        keys, action or name, description, show=show, id=f"transcript.{name}", tooltip=tooltip
    )


TRANSCRIPT_BINDINGS = [
    _key("up,k", "previous", "Previous message", "Select the message above, or read on upwards"),
    _key("down,j", "next", "Next message", "Select the message below, or read on downwards"),
    _key("pageup", "page_up", "Page up", "Scroll up by one screen"),
    _key("pagedown", "page_down", "Page down", "Scroll down by one screen"),
    _key("home,g", "begin", "First message", "Scroll to the beginning of the chat"),
    _key("end,G", "follow", "Latest message", "Scroll to the end and stay there"),
    _key("y", "copy", "Copy", "Copy the text of the selected message", show=True),
    _key("c", "copy_code", "Copy code", "Copy the next code block of the selected message"),
    _key("e", "edit", "Edit", "Write another version of the selected message", show=True),
    _key(
        "r", "regenerate", "Regenerate",
        "Have the selected answer, or the one to the selected question, written once more",
        show=True,
    ),
    _key("f", "fork", "Fork", "Begin a new chat with all up to the selected message", show=True),
    _key(
        "left,left_square_bracket", "version_before", "Version before",
        "Show the version of the selected message before this one", "sibling(-1)",
    ),
    _key(
        "right,right_square_bracket", "version_after", "Version after",
        "Show the version of the selected message after this one", "sibling(1)",
    ),
    _key("o,enter", "open", "Unfold", "Show or fold the rest of a long message"),
    _key("escape", "leave", "Back", "Go back to where messages are written", show=True),
]  # fmt: skip
