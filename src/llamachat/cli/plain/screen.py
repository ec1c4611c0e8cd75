"""What a plain dialog looks like: names before what is said, on a terminal; bare answers in a pipe.

Knows the output and the names; nothing of engines or input.
"""

from __future__ import annotations

from collections.abc import Iterable

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.cli.colour import GREEN, PLAIN, YELLOW
from llamachat.cli.output import Output
from llamachat.engine.prompt import prompt_text
from llamachat.hardware.terminal import Terminal


class Screen:
    """Standard output with roles."""

    def __init__(self, output: Output, terminal: Terminal, dialog: Dialog, *, colour: bool) -> None:
        self._output = output
        self._names = output.terminal
        self._typed_here = terminal.stdin
        self._columns = terminal.columns
        self._dumb = terminal.dumb
        self._dialog = dialog
        self._colour = colour and output.terminal
        self._open = False
        self._begun = False

    @property
    def person(self) -> str:
        """What stands before the person's words."""
        return f"{self._dialog.user}: "

    @property
    def input_prompt(self) -> str:
        """The same for the line editor; marks tell it which characters take no room."""
        return f"\x01{GREEN}\x02{self.person}" if self._colour else self.person

    def typed(self, text: str, *, open_line: bool) -> None:
        """After the person handed over: what was piped in is shown, what was typed is there."""
        if self._colour:
            self._output.control(PLAIN)
        self._open = open_line
        if not self._names:
            return
        if not self._typed_here:
            self._output.write(self.person + text + ("" if open_line else "\n"))
        elif open_line:
            self._back_to_line(text)

    def greeting(self, *, preamble: bool) -> None:
        """The turns that were there before the person came, after the preamble if wanted."""
        if preamble and self._names:
            self._output.control(YELLOW if self._colour else "")
            self._output.write(prompt_text(self._dialog.preamble))
            self._output.control(PLAIN if self._colour else "")
        self.recall(self._dialog.greeting)

    def recall(self, messages: Iterable[Message]) -> None:
        """What was said before; nothing of it in a pipe, where only answers are wanted."""
        begun = False
        for message in messages if self._names else ():
            name = "" if begun else f"{self._dialog.role_name(message.role)}: "
            begun = message.open
            self._output.write(name + message.text + ("" if begun else "\n"))
        self._output.end_line()

    def say(self, text: str) -> None:
        """More of the answer; the white space before it is the transcript's."""
        if not self._begun and not self._open:
            text = text.lstrip()
            if not text:
                return
            name = self._dialog.assistant if self._names else ""
            text = f"{name}: {text}" if name else text
        self._begun = True
        self._output.write(text)

    def make_way(self) -> None:
        """A line of the story comes in the middle of an answer."""
        self._output.end_line()

    def end_answer(self) -> None:
        """Each answer ends its line, in a pipe too: they are told apart by it."""
        self._begun = self._open = False
        self._output.end_line(always=True)

    def new_line(self) -> None:
        """After Ctrl+C or Ctrl+D at the prompt."""
        if self._colour:
            self._output.control(PLAIN)
        if self._names and self._typed_here:
            self._output.write("\n")

    def _back_to_line(self, text: str) -> None:
        """Put the cursor behind what was typed; a line that may have wrapped is left alone."""
        line = text.rsplit("\n", 1)[-1] if "\n" in text else self.person + text
        if not self._dumb and line.isascii() and len(line) + 1 < self._columns:
            self._output.control("\x1b[A\r\x1b[K")
            self._output.write(line)
