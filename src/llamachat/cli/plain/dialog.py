"""The plain dialog: a person and a model in turns, line by line.

Reads a message, streams the answer, tells what it took; Ctrl+C gives the person the floor, a dead
engine costs one line. Knows engines only through the chat.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass

from llamachat.chat.chat import Chat
from llamachat.cli.failure import report
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.plain.commands import Commands, is_command
from llamachat.cli.plain.gather import Typed, gather
from llamachat.cli.plain.keyboard import silent_keyboard
from llamachat.cli.plain.lines import Lines
from llamachat.cli.plain.screen import Screen
from llamachat.cli.status_line import Prefill
from llamachat.cli.story import Story
from llamachat.cli.timings import dialog_line
from llamachat.engine.base import Chunk, Done, Event, Prefilled, Trimmed
from llamachat.engine.params import GenerateParams
from llamachat.errors import (
    EngineDied,
    EngineError,
    ExitCode,
    LlamaChatError,
    ModelError,
    UsageError,
)

SLOW_PREFILL = 1.0
"""seconds of prefill before its progress is shown"""
NEARLY_FULL = 0.85
"""of the context: then it is said what will be dropped"""
STOP_PATIENCE = 2
"""Ctrl+C within one answer before the next one leaves the program"""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the dialog behaves, as far as flags say."""

    multiline: bool
    timings: bool
    single_turn: bool
    typed: bool
    """somebody sits at a keyboard; otherwise nobody reads an error, and the exit code must tell"""
    stored: bool = False
    """the chat is kept, and can be resumed"""


class PlainDialog:
    """One dialog, from the first prompt to the exit code."""

    def __init__(
        self,
        chat: Chat,
        params: GenerateParams,
        *,
        lines: Lines,
        screen: Screen,
        story: Story,
        manners: Manners,
        note: Callable[[Done], None] = lambda done: None,
    ) -> None:
        """`note` keeps the figures of an answer, once the answer itself is kept."""
        self._chat = chat
        self._params = params
        self._lines = lines
        self._screen = screen
        self._story = story
        self._manners = manners
        self._note = note
        self._commands = Commands(chat, story.say, stored=manners.stored)
        self._warned = False
        self._warned_full = False
        self._code = int(ExitCode.OK)

    @property
    def last(self) -> Done | None:
        """How the latest answer ended."""
        return self._commands.last

    def run(self, first: str = "") -> int:
        """Talk until somebody leaves; `first` is said before anything is read."""
        typed: Typed | None = Typed(first, one_line=False) if first else self._ask()
        while typed is not None:
            if self._is_message(typed):
                self._answer(typed)
                if self._manners.single_turn:
                    break
            typed = None if self._commands.leaving else self._ask()
        return self._code

    def _ask(self) -> Typed | None:
        """What the person hands over; None where they leave."""
        while not self._commands.leaving:
            try:
                typed = gather(
                    lambda first: self._lines.read(self._screen.input_prompt if first else ""),
                    multiline=self._manners.multiline,
                    is_command=is_command,
                )
            except EOFError:
                self._screen.new_line()
                return None
            except KeyboardInterrupt:
                self._screen.new_line()
                if self._leaves_by_ctrl_c():
                    self._code = int(ExitCode.INTERRUPTED)
                    return None
                continue
            self._warned = False
            self._screen.typed(typed.text, open_line=typed.open)
            return typed
        return None

    def _leaves_by_ctrl_c(self) -> bool:
        """The first one at an empty prompt warns, the second leaves."""
        if self._lines.discarded:
            self._warned = False
            return False
        if not self._warned:
            self._story.say("[ Ctrl+C again leaves; so do Ctrl+D and /exit ]")
        self._warned, leaves = True, self._warned
        return leaves

    def _is_message(self, typed: Typed) -> bool:
        """Commands are performed here; an empty message is none."""
        if typed.text.strip():
            self._lines.remember(typed.text + ("/" if typed.open else ""))
        if typed.one_line and typed.text.startswith("/") and self._commands.perform(typed.text):
            return False
        return bool(typed.text.strip())

    def _answer(self, typed: Typed) -> None:
        status = self._story.status_line(SLOW_PREFILL)
        progress = Prefill(status)
        with (
            silent_keyboard(self._manners.typed) as restore,
            Interrupts(patience=STOP_PATIENCE, before_leaving=restore) as interrupts,
        ):
            interrupts.aim(self._chat.engine.cancel)
            try:
                answer = self._chat.reply(typed.text, self._params, open_line=typed.open)
                for event in answer:
                    if isinstance(event, Prefilled):
                        progress(event.done, event.total)
                        if interrupts.received:
                            self._chat.engine.cancel()
                    else:
                        status.clear()
                        self._show(event)
                if self.last is not None:
                    self._note(self.last)
            except (UsageError, ModelError, EngineError) as error:
                status.clear()
                self._screen.end_answer()
                self._fail(error)
            finally:
                status.clear()
        if interrupts.received == signal.SIGTERM:
            self._code, self._commands.leaving = interrupts.exit_code, True

    def _show(self, event: Event) -> None:
        match event:
            case Chunk():
                self._screen.say(event.text)
            case Trimmed():
                self._screen.make_way()
                self._story.say(_trimmed(event))
            case Done():
                self._screen.end_answer()
                self._finish(event)

    def _finish(self, done: Done) -> None:
        self._commands.last = done
        if done.fault is not None:
            self._fail(done.fault)
        elif done.reason == "context":
            self._story.say("[ the context is full: the answer ends here ]")
        if self._manners.timings and done.usage.generated:
            self._story.say(dialog_line(done))
        self._warn_when_nearly_full(done)

    def _warn_when_nearly_full(self, done: Done) -> None:
        """Once: afterwards turns are dropped again and again, and each time it is said."""
        n_ctx = self._chat.engine.info.n_ctx
        used = done.usage.prompt + done.usage.generated
        if self._warned_full or used < NEARLY_FULL * n_ctx:
            return
        self._warned_full = True
        if not done.usage.dropped:
            self._story.say(
                f"[ the context is {used / n_ctx:.0%} full ({used} of {n_ctx} tokens): when it is "
                "full the oldest turns are dropped, the preamble stays ]"
            )

    def _fail(self, error: LlamaChatError) -> None:
        """Say it and go on; a script stops where the engine will not start again."""
        code = report(error)
        if not self._manners.typed:
            self._code = code
            self._commands.leaving = isinstance(error, EngineDied)


def _trimmed(event: Trimmed) -> str:
    """What is forgotten, in words."""
    if not event.turns:
        return f"[ the context is full: {event.tokens} tokens in the middle are dropped ]"
    first, last = event.turns[0], event.turns[-1]
    which = f"turn {first} is" if first == last else f"turns {first} to {last} are"
    return f"[ the context is full: {which} dropped ({event.tokens} tokens); the preamble stays ]"
