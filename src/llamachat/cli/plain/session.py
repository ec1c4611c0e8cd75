"""Sets a plain dialog up: engine, chat, input, screen; tells the facts; then lets them talk.

Knows flags and where everything comes from; the talking itself is `dialog`.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.bundled import DefaultModel
from llamachat.chat.chat import Chat
from llamachat.chat.conversation import changed
from llamachat.chat.export import model_name
from llamachat.cli.colour import coloured
from llamachat.cli.flags.given import Given
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.output import standard_output
from llamachat.cli.plain.commands import ALIASES, COMMANDS
from llamachat.cli.plain.dialog import Manners, PlainDialog
from llamachat.cli.plain.facts import key_hints, machine_fact, model_facts, sampling_facts
from llamachat.cli.plain.kept import Keeping, keeping
from llamachat.cli.plain.lines import BareLines, EditedLines, Lines, PipedLines
from llamachat.cli.plain.opening import open_dialog
from llamachat.cli.plain.screen import Screen
from llamachat.cli.plain.states import States
from llamachat.cli.remote import open_speaker, speaking_model
from llamachat.cli.settings import generate_params, limited
from llamachat.cli.story import Story
from llamachat.cli.timings import table
from llamachat.engine.base import Engine, EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import prompt_text
from llamachat.hardware.terminal import Terminal
from llamachat.sanitize import one_line

RECALLED = 4
"""messages of a resumed chat that are shown"""


def run_plain(given: Given, story: Story, text: str) -> int:
    """The whole dialog; `text` is that of -p and -f. Returns the exit code."""
    with keeping(given) as kept:
        model = speaking_model(given, story, remembered=kept.model)
        with Interrupts(before_leaving=story.leave):  # nothing has been said yet: Ctrl+C leaves
            engine = open_speaker(given, model.path, story, isolated=True)
        with engine:
            return _talk(given, story, _Setting(text, kept, model, engine))


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a dialog takes place in."""

    text: str
    kept: Keeping
    model: DefaultModel
    engine: Engine


def _talk(given: Given, story: Story, setting: _Setting) -> int:
    kept, model, info, terminal = setting.kept, setting.model, setting.engine.info, story.terminal
    opening = kept.opening(setting.text) or open_dialog(given, info, text=setting.text)
    spoke = info.path if info.server else "" if model.n_predict else str(model.path.absolute())
    history = kept.history(opening, model=spoke)
    chat = Chat(setting.engine, opening.dialog, history=history)
    base = changed(chat.dialog.params(), kept.settings)
    params = limited(given, generate_params(given, base), model.n_predict)
    _tell_facts(given, story, info, params)
    if given.on("verbose_prompt"):
        story.say(prompt_text(chat.prompt()))
        story.say(f"number of tokens in prompt = {chat.engine.count(chat.prompt())}\n")
    if model.notice:
        story.say(model.notice + "\n")
    screen = Screen(standard_output(), terminal, chat.dialog, colour=coloured(given, terminal))
    _open_scene(given, story, screen, kept, info.path if info.server else str(model.path))
    lines = _lines(given, terminal)
    states = States(setting.engine, history, kept.store)
    dialog = PlainDialog(
        chat, params, lines=lines, screen=screen, story=story,
        manners=_manners(given, terminal, stored=kept.stores), note=states.note,
    )  # fmt: skip
    try:
        code = dialog.run(opening.first)
    finally:
        lines.close()
        states.leave()
        if history.number and history.messages and terminal.stdin and terminal.stderr:
            number = history.number
            story.say(f"[ this chat is number {number}: llamachat --resume {number} ]")
    if given.on("perf") and dialog.last is not None:
        story.say(table(dialog.last, info))
    return code


def _open_scene(given: Given, story: Story, screen: Screen, kept: Keeping, model: str) -> None:
    """The greeting of a new chat, or the end of one that goes on."""
    record = kept.record
    if record is None:
        screen.greeting(preamble=given.on("display_prompt"))
        return
    shown = kept.messages[-RECALLED:]
    count = len(kept.messages)
    rest = f"; the last {len(shown)} of {count} messages" if count > len(shown) else ""
    story.say(f"[ chat {record.id}: {one_line(record.title)}{rest} ]")
    before, now = model_name(record.model), model_name(model)
    if before and before != now:
        story.say(f"[ it was led with {before}; now {now} answers ]")
    screen.recall(shown)


def _tell_facts(given: Given, story: Story, info: EngineInfo, params: GenerateParams) -> None:
    multiline = given.on("multiline_input")
    lines = [
        *model_facts(info),
        "",
        *(() if info.server else (machine_fact(info), "")),
        *sampling_facts(info, params),
        "",
        *key_hints(multiline=multiline),
        "",
    ]
    story.say("\n".join(lines))


def _manners(given: Given, terminal: Terminal, *, stored: bool) -> Manners:
    return Manners(
        multiline=given.on("multiline_input"),
        timings=given.switch("show_timings") is not False,
        single_turn=given.on("single_turn"),
        typed=terminal.stdin,
        stored=stored,
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
