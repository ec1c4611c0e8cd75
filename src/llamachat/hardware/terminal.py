"""What the terminal around this process can show, read from the environment alone.

No escape sequence is sent and nothing is awaited, so a pipe, a log or an old terminal never gets
bytes it did not ask for. What only a query could tell (keyboard protocol, clipboard) is a guess,
and named so. Does not write anything.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

Colours = Literal["none", "16", "256", "truecolor"]

_KITTY_KEYBOARD = ("kitty", "ghostty", "wezterm", "foot", "alacritty", "iterm", "rio")
_OSC52 = (*_KITTY_KEYBOARD, "windows-terminal", "contour", "hterm")


@dataclass(frozen=True, slots=True)
class Terminal:
    stdin: bool
    """whether each stream is a terminal"""
    stdout: bool
    stderr: bool
    term: str
    """$TERM"""
    program: str
    """the terminal's own name where it gives one, in lower case"""
    colours: Colours
    """what the terminal can show"""
    no_color: bool
    """the person asked for no colour (https://no-color.org)"""
    encoding: str
    """of standard output"""
    columns: int
    lines: int
    multiplexer: str
    """"tmux", "screen", "zellij" or empty"""
    ssh: bool
    kitty_keyboard: bool
    """a guess: Shift+Enter and the like arrive as keys of their own"""
    osc52: bool
    """a guess: a program may copy to the clipboard, over SSH too"""

    @property
    def dumb(self) -> bool:
        """No cursor movement: text can only be appended."""
        return self.term in ("dumb", "unknown", "")

    @property
    def utf8(self) -> bool:
        return self.encoding.lower().replace("-", "").replace("_", "") == "utf8"

    @property
    def shows_colour(self) -> bool:
        """Whether to colour what goes to standard output."""
        return self.stdout and not self.no_color and self.colours != "none"

    def plain_reason(self) -> str:
        """Why a full-screen program cannot run here, as a clause; empty where it can."""
        if not self.stdin:
            return "standard input is not a terminal"
        if not self.stdout:
            return "standard output is not a terminal"
        if not self.term:
            return "TERM is not set"
        return f"the terminal is {self.term}" if self.dumb else ""


def read_terminal(environ: Mapping[str, str] | None = None) -> Terminal:
    """Look at the three streams and the environment of this process."""
    env = os.environ if environ is None else environ
    term, program = env.get("TERM", ""), _program(env)
    size = shutil.get_terminal_size()  # (80, 24) where there is no terminal
    multiplexer = _multiplexer(env)
    return Terminal(
        stdin=_is_terminal(sys.stdin),
        stdout=_is_terminal(sys.stdout),
        stderr=_is_terminal(sys.stderr),
        term=term,
        program=program,
        colours=_colours(env),
        no_color=bool(env.get("NO_COLOR")),
        encoding=getattr(sys.stdout, "encoding", None) or "",
        columns=size.columns,
        lines=size.lines,
        multiplexer=multiplexer,
        ssh=any(env.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")),
        # tmux and screen pass neither on unless told to
        kitty_keyboard=not multiplexer and _named(program, _KITTY_KEYBOARD),
        osc52=not multiplexer and _named(program, _OSC52),
    )


def _is_terminal(stream: TextIO | None) -> bool:
    """A stream may be None (no descriptor at start-up) or closed."""
    return stream is not None and not stream.closed and stream.isatty()


def _program(env: Mapping[str, str]) -> str:
    if env.get("KITTY_WINDOW_ID"):
        return "kitty"
    if env.get("WT_SESSION"):
        return "windows-terminal"
    if env.get("VTE_VERSION"):
        return "vte"
    name = env.get("LC_TERMINAL") or env.get("TERM_PROGRAM") or ""
    if name in ("", "tmux"):
        name = env.get("TERM", "").removeprefix("xterm-")
    return name.lower()


def _named(program: str, names: tuple[str, ...]) -> bool:
    return program.startswith(names)


def _colours(env: Mapping[str, str]) -> Colours:
    term = env.get("TERM", "")
    if term in ("dumb", "unknown", "", "vt100", "vt102", "vt220"):
        return "none"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return "truecolor"
    return "256" if "256color" in term or _program(env) == "kitty" else "16"


def _multiplexer(env: Mapping[str, str]) -> str:
    if env.get("TMUX"):
        return "tmux"
    if env.get("ZELLIJ"):
        return "zellij"
    return "screen" if env.get("STY") or env.get("TERM", "").startswith("screen") else ""
