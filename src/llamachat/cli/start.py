"""What a command line without a command means: one answer, or a dialog, and in which form.

A prompt (-p, -f, or text piped in) is answered once. A dialog opens on a terminal, and wherever one
is asked for; it is plain where a full screen is impossible. Knows nothing of engines.
"""

from __future__ import annotations

from typing import Literal

from llamachat.cli.flags.given import Given
from llamachat.cli.prompt_text import compose, stdin_is_piped
from llamachat.cli.settings import escaped
from llamachat.cli.story import Story
from llamachat.errors import UsageError
from llamachat.hardware.terminal import Terminal, read_terminal

Mode = Literal["one-shot", "dialog"]

_DIALOG_SWITCHES = ("plain", "tui", "interactive", "interactive_first")


def start(given: Given) -> int:
    """Run the mode that the flags, the pipes and the terminal ask for."""
    terminal = read_terminal()
    piped = stdin_is_piped()
    if choose_mode(given, piped=piped) == "dialog":
        return _dialog(given, terminal)
    with Story(terminal, given) as story:
        from llamachat.cli.one_shot import OneShot
        from llamachat.cli.output import standard_output

        output = standard_output()
        return OneShot(given, story, output).run(prompt_of(given, piped=piped, story=story))


def choose_mode(given: Given, *, piped: bool) -> Mode:
    """A conversation with a first message goes on after the answer, unless -st ends it."""
    if given.on("json"):
        return "one-shot"
    asked = given.on(*_DIALOG_SWITCHES) or (
        given.on("conversation") and not given.on("single_turn")
    )
    has_prompt = piped or "prompt" in given or "file" in given
    return "dialog" if asked or not has_prompt else "one-shot"


def prompt_of(given: Given, *, piped: bool, story: Story) -> str:
    """The text of -p, -f and what is piped in."""
    return compose(
        given.text("prompt"),
        given.many("file", str),
        piped=piped,
        say=story.say,
        unescape=lambda text: escaped(given, text)[0],
    )


def _dialog(given: Given, terminal: Terminal) -> int:
    if given.on("tui"):
        reason = terminal.plain_reason()
        raise UsageError("x", reason)
    return 0
