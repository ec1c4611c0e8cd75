"""The talking itself: faults, full contexts, leaving; with a scripted engine and scripted lines."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from llamachat.chat.chat import Chat
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.cli.flags.given import Given
from llamachat.cli.output import Output
from llamachat.cli.plain.dialog import Manners, PlainDialog
from llamachat.cli.plain.screen import Screen
from llamachat.cli.story import Story
from llamachat.engine.scripted import ScriptedEngine
from llamachat.hardware.terminal import read_terminal

Step = str | type[BaseException]


class ScriptedLines:
    """Lines and keys in turn; then the end of the input."""

    def __init__(self, *steps: Step, discarded: bool = False) -> None:
        self._steps = list(steps)
        self.discarded = discarded
        self.remembered: list[str] = []

    def read(self, prompt: str) -> str:
        step = self._steps.pop(0) if self._steps else EOFError
        if isinstance(step, str):
            return step
        raise step

    def remember(self, text: str) -> None:
        self.remembered.append(text)

    def close(self) -> None:
        """Nothing to close."""


class Talk:
    """A dialog that has ended: its code, what it printed and told."""

    def __init__(
        self, engine: ScriptedEngine, lines: ScriptedLines, *, typed: bool = True, first: str = ""
    ) -> None:
        self.stream = io.BytesIO()
        terminal = read_terminal({"TERM": "dumb"})
        self.chat = Chat(engine, load_prompt_template("bob").fill())
        output = Output(self.stream, terminal=True)
        screen = Screen(output, terminal, self.chat.dialog, colour=False)
        with Story(terminal, Given({})) as story:
            dialog = PlainDialog(
                self.chat,
                self.chat.dialog.params(),
                lines=lines,
                screen=screen,
                story=story,
                manners=Manners(multiline=False, timings=False, single_turn=False, typed=typed),
            )
            self.code = dialog.run(first)

    @property
    def shown(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def said(self) -> list[str]:
        return [message.text for message in self.chat.history.messages]


Told = Callable[[], str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    return lambda: capsys.readouterr().err


@pytest.fixture(autouse=True)
def no_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests have no terminal whose echo could be turned off."""
    monkeypatch.setattr("llamachat.cli.plain.dialog.silent_keyboard", _nothing)


class _nothing:
    def __init__(self, enabled: bool) -> None:
        del enabled

    def __enter__(self) -> Callable[[], None]:
        return lambda: None

    def __exit__(self, *exc: object) -> None:
        return None


def test_names_stand_before_the_answers() -> None:
    talk = Talk(ScriptedEngine([" Fine.", " Bye."]), ScriptedLines("How are you?", "Bye"))
    assert talk.code == 0
    assert "Bob: Fine.\n" in talk.shown
    assert talk.said == ["How are you?", "Fine.", "Bye", "Bye."]


def test_dead_engine_costs_one_line_and_the_next_message_works(told: Told) -> None:
    engine = ScriptedEngine([" One two three four."], fail_at=2)
    talk = Talk(engine, ScriptedLines("Hello", "Again"))
    assert talk.code == 0
    assert told().count("llamachat: ") == 1
    assert talk.said[1].startswith("One")
    assert talk.said[3] == "One two three four."


def test_script_hears_of_a_dead_engine_by_the_exit_code() -> None:
    engine = ScriptedEngine([" One two three four."], fail_at=2)
    talk = Talk(engine, ScriptedLines("Hello", "Again"), typed=False)
    assert talk.code == 6


def test_message_that_does_not_fit_is_taken_back(told: Told) -> None:
    talk = Talk(ScriptedEngine([" Fine."], n_ctx=256), ScriptedLines("word " * 300, "Hello"))
    assert "context" in told()
    assert talk.said == ["Hello", "Fine."]


def test_nearly_full_context_is_announced_once(told: Told) -> None:
    lines = ScriptedLines(*["word " * 12] * 12)
    Talk(ScriptedEngine([" Fine."], n_ctx=256), lines)
    heard = told()
    assert heard.count("% full") == 1
    assert "context is full: turn" in heard


def test_ctrl_c_on_typed_text_only_clears_it(told: Told) -> None:
    lines = ScriptedLines(KeyboardInterrupt, KeyboardInterrupt, "Hello", discarded=True)
    talk = Talk(ScriptedEngine([" Fine."]), lines)
    assert talk.code == 0
    assert talk.said == ["Hello", "Fine."]
    assert "again leaves" not in told()


def test_two_ctrl_c_on_an_empty_line_leave(told: Told) -> None:
    talk = Talk(ScriptedEngine([""]), ScriptedLines(KeyboardInterrupt, KeyboardInterrupt, "never"))
    assert talk.code == 130
    assert talk.said == []
    assert told().count("Ctrl+C again leaves") == 1


def test_first_message_is_answered_before_anything_is_read() -> None:
    talk = Talk(ScriptedEngine([" Fine."]), ScriptedLines(), first="/exit\nis text here")
    assert talk.said == ["/exit\nis text here", "Fine."]


def test_empty_line_says_nothing() -> None:
    assert Talk(ScriptedEngine([" Fine."]), ScriptedLines("", "  ")).said == []


def test_messages_and_commands_are_remembered_with_their_ending() -> None:
    lines = ScriptedLines("Hello", "go on/", "/stats", "")
    Talk(ScriptedEngine([" Fine."]), lines)
    assert lines.remembered == ["Hello", "go on/", "/stats"]


def test_answer_in_mid_line_has_no_name() -> None:
    talk = Talk(ScriptedEngine([" in France."]), ScriptedLines("Paris is/"))
    assert "Bob:" not in talk.shown
    assert talk.shown.endswith(" in France.\n")


def test_escape_sequences_of_the_model_are_shown_not_obeyed() -> None:
    talk = Talk(ScriptedEngine([" \x1b[2Jhello"]), ScriptedLines("Hi"))
    assert "\x1b" not in talk.shown
    assert "␛[2Jhello" in talk.shown
