"""Sets a plain dialog up: engine, chat, input, screen; tells the facts; then lets them talk.

Knows flags and where everything comes from; the talking itself is `dialog`.
"""

from __future__ import annotations

from llamachat.chat.chat import Chat
from llamachat.cli.colour import coloured
from llamachat.cli.flags.given import Given
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.loading import chosen_model, load
from llamachat.cli.output import standard_output
from llamachat.cli.plain.commands import ALIASES, COMMANDS
from llamachat.cli.plain.dialog import Manners, PlainDialog
from llamachat.cli.plain.facts import key_hints, machine_fact, model_facts, sampling_facts
from llamachat.cli.plain.lines import BareLines, EditedLines, Lines, PipedLines
from llamachat.cli.plain.opening import open_dialog
from llamachat.cli.plain.screen import Screen
from llamachat.cli.settings import generate_params, limited
from llamachat.cli.story import Story
from llamachat.cli.timings import table
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import prompt_text
from llamachat.hardware.terminal import Terminal


def run_plain(given: Given, story: Story, text: str) -> int:
    """The whole dialog; `text` is that of -p and -f. Returns the exit code."""
    output = standard_output()
    terminal = story.terminal
    model = chosen_model(given)
    with Interrupts(before_leaving=story.leave):  # nothing has been said yet: Ctrl+C leaves
        engine = load(given, model.path, story, isolated=True)
    with engine:
        opening = open_dialog(given, engine.info, text=text)
        chat = Chat(engine, opening.dialog)
        params = limited(given, generate_params(given, opening.dialog.params()), model.n_predict)
        _tell_facts(given, story, engine.info, params)
        if given.on("verbose_prompt"):
            story.say(prompt_text(chat.prompt()))
            story.say(f"number of tokens in prompt = {engine.count(chat.prompt())}\n")
        if model.notice:
            story.say(model.notice + "\n")
        screen = Screen(output, terminal, opening.dialog, colour=coloured(given, terminal))
        screen.greeting(preamble=given.on("display_prompt"))
        lines = _lines(given, terminal)
        dialog = PlainDialog(
            chat, params, lines=lines, screen=screen, story=story, manners=_manners(given, terminal)
        )
        try:
            code = dialog.run(opening.first)
        finally:
            lines.close()
        if given.on("perf") and dialog.last is not None:
            story.say(table(dialog.last, engine.info))
        return code


def _tell_facts(given: Given, story: Story, info: EngineInfo, params: GenerateParams) -> None:
    multiline = given.on("multiline_input")
    lines = [
        *model_facts(info),
        "",
        machine_fact(info),
        "",
        *sampling_facts(info, params),
        "",
        *key_hints(multiline=multiline),
        "",
    ]
    story.say("\n".join(lines))


def _manners(given: Given, terminal: Terminal) -> Manners:
    return Manners(
        multiline=given.on("multiline_input"),
        timings=given.switch("show_timings") is not False,
        single_turn=given.on("single_turn"),
        typed=terminal.stdin,
    )


def _lines(given: Given, terminal: Terminal) -> Lines:
    """The best input there is: readline needs both ends of a terminal that moves its cursor."""
    if not terminal.stdin:
        return PipedLines()
    if given.on("simple_io") or terminal.dumb or not terminal.stdout:
        return BareLines(to_stdout=terminal.stdout)
    try:
        return EditedLines([*COMMANDS, *ALIASES])
    except ImportError:  # a Python built without readline
        return BareLines(to_stdout=True)
