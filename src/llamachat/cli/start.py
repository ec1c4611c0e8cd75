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
from llamachat.hardware.terminal import read_terminal

Mode = Literal["one-shot", "dialog"]

_DIALOG_SWITCHES = ("plain", "tui", "interactive", "interactive_first")


def start(given: Given) -> int:
    """Run the mode that the flags, the pipes and the terminal ask for."""
    terminal = read_terminal()
    piped = stdin_is_piped()
    mode = choose_mode(given, piped=piped)
    if mode == "dialog" and given.on("tui"):
        raise UsageError(
            "The full-screen chat is not in this version.", "The plain one is: llamachat --plain"
        )
    with Story(terminal, given) as story:
        if mode == "dialog":
            from llamachat.cli.plain.session import run_plain

            # what is piped in are the lines of the dialog
            return run_plain(given, story, prompt_of(given, piped=False, story=story))
        from llamachat.cli.one_shot import SingleAnswer
        from llamachat.cli.output import standard_output

        text = prompt_of(given, piped=piped, story=story)
        return SingleAnswer(given, story, standard_output()).run(text)


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
