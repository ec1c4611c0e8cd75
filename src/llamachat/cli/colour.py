"""llama.cpp's colours: what a person types is green, a prompt that is shown is yellow.

Only on a terminal that shows them, never against NO_COLOR unless --color on says so. Knows nothing
of what is coloured.
"""

from __future__ import annotations

from llamachat.cli.flags.given import Given
from llamachat.hardware.terminal import Terminal

GREEN, YELLOW, PLAIN = "\x1b[1;32m", "\x1b[33m", "\x1b[0m"


def coloured(given: Given, terminal: Terminal) -> bool:
    """What -co/--color and the terminal say."""
    wanted = given.text("color") or "auto"
    return terminal.shows_colour if wanted == "auto" else wanted == "on"
