"""What a command line without a command means: one answer, or a dialog, and in which form.

A prompt (-p, -f, or text piped in) is answered once. A dialog opens on a terminal, and wherever one
is asked for; it is plain where a full screen is impossible. Knows nothing of engines.
"""

from __future__ import annotations

from typing import Literal

from llamachat.cli.flags.given import Given
from llamachat.cli.flags.table import BY_NAME
from llamachat.cli.prompt_text import compose, stdin_is_piped
from llamachat.cli.settings import escaped
from llamachat.cli.story import Story
from llamachat.errors import UsageError
from llamachat.hardware.terminal import Terminal, read_terminal

Mode = Literal["one-shot", "dialog"]

_DIALOG_SWITCHES = ("plain", "tui", "interactive", "interactive_first")
_NEW_DIALOG = (
    "prompt_template", "variables", "system_prompt", "system_prompt_file", "conversation",
    "in_prefix", "in_suffix", "in_prefix_bos",
)  # fmt: skip
"""flags that say how a dialog begins"""

_LINES_ONLY = (
    "interactive", "interactive_first", "simple_io", "multiline_input", "single_turn",
    "verbose_prompt", "reverse_prompt", "in_prefix", "in_suffix", "in_prefix_bos", "perf",
)  # fmt: skip
"""flags of the classic dialog, which has lines and no screen"""


def start(given: Given) -> int:
    """Run the mode that the flags, the pipes and the terminal ask for."""
    refuse_contradictions(given)
    terminal = read_terminal()
    piped = stdin_is_piped()
    mode = choose_mode(given, piped=piped)
    if mode == "dialog" and "prompt_cache" in given:
        raise UsageError(
            "--prompt-cache is for single answers: a chat keeps its state by itself.",
            "Leave it out; llamachat cache shows the states of chats.",
        )
    with Story(terminal, given) as story:
        if mode == "dialog" and fills_screen(given, terminal):
            from llamachat.cli.full_screen import run_full_screen

            return run_full_screen(given, story, prompt_of(given, piped=False, story=story))
        if mode == "dialog":
            from llamachat.cli.plain.session import run_plain

            # what is piped in are the lines of the dialog
            return run_plain(given, story, prompt_of(given, piped=False, story=story))
        from llamachat.cli.one_shot import SingleAnswer
        from llamachat.cli.output import standard_output

        text = prompt_of(given, piped=piped, story=story)
        return SingleAnswer(given, story, standard_output()).run(text)


def fills_screen(given: Given, terminal: Terminal) -> bool:
    """Whether a dialog takes the whole screen.

    Raises:
        UsageError: --tui was given, and it cannot.
    """
    reason = terminal.plain_reason()
    if not reason and not terminal.stderr:
        reason = "standard error is not a terminal"  # that is where Textual draws
    lines = (
        "--plain"
        if given.on("plain")
        else next((f"--{key.replace('_', '-')}" for key in _LINES_ONLY if key in given), "")
    )
    if not given.on("tui"):
        return not reason and not lines
    if lines:
        raise UsageError(f"{lines} belongs to the plain dialog.", "Leave it or --tui out.")
    if reason:
        raise UsageError(
            f"A full screen is impossible: {reason}.", "Line by line: llamachat --plain"
        )
    return True


def choose_mode(given: Given, *, piped: bool) -> Mode:
    """A conversation with a first message goes on after the answer, unless -st ends it."""
    if given.on("json"):
        return "one-shot"
    asked = (
        "resume" in given
        or given.on(*_DIALOG_SWITCHES)
        or (given.on("conversation") and not given.on("single_turn"))
    )
    has_prompt = piped or "prompt" in given or "file" in given
    return "dialog" if asked or not has_prompt else "one-shot"


def refuse_contradictions(given: Given) -> None:
    """Raises UsageError where --resume stands beside flags that only a new dialog can heed."""
    if "resume" not in given:
        return
    if given.on("json"):
        raise UsageError(
            "--resume goes on with a dialog, and --json is for a single answer.",
            "A stored chat as JSON: llamachat chats show --json",
        )
    for key in _NEW_DIALOG:
        if key in given and not given.stands(key):
            name = next(flag.name for flag in BY_NAME.values() if flag.key == key)
            raise UsageError(
                f"{name} does not go with --resume: a chat goes on in the form in which it began.",
                "Begin a new one without --resume.",
            )


def prompt_of(given: Given, *, piped: bool, story: Story) -> str:
    """The text of -p, -f and what is piped in."""
    return compose(
        given.text("prompt"),
        given.many("file", str),
        piped=piped,
        say=story.say,
        unescape=lambda text: escaped(given, text)[0],
    )
