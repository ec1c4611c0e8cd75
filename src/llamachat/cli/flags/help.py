"""The text of `llamachat --help`: every flag in its group, commands, exit codes.

Made from the tables of flags; lines fit 80 columns. Knows nothing of parsing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from llamachat.cli.flags.flag import Flag
from llamachat.cli.flags.table import GROUPS
from llamachat.errors import EXIT_CODE_MEANINGS

_WIDTH = 79
_COLUMN = 26
_NARROW = 14

_USAGE = """\
usage: llamachat [FLAGS]                    chat with the model
       llamachat -p PROMPT [-n N] [FLAGS]   answer once, text to standard output
       llamachat COMMAND [-h]               one of the commands below

A quantized Llama on this computer's CPU, in the terminal.
The flags are llama.cpp's; text piped in is the prompt, or is appended to it.
"""

_EXAMPLES = """\
examples:
  llamachat models pull llama-2-7b-chat
  llamachat -m llama-2-7b-chat
  llamachat --resume
  llamachat -m model.gguf -p "I believe the meaning of life is" -n 128
  llamachat -m model.gguf -sys "You translate." -p "Good morning in French?"
  git diff | llamachat -m model.gguf -p "Summarize this change:" -n 200
"""


def help_text(commands: Mapping[str, str]) -> str:
    """The whole of `--help`; `commands` are summaries by name."""
    sections = [_USAGE, _rows("commands", commands.items(), _NARROW)]
    sections += [
        _rows(group.title, map(_row, (f for f in group.flags if not f.hidden))) for group in GROUPS
    ]
    codes = ((str(int(code)), meaning) for code, meaning in EXIT_CODE_MEANINGS.items())
    return "\n".join([*sections, _EXAMPLES, _rows("exit codes", codes, _NARROW)])


def _row(flag: Flag) -> tuple[str, str]:
    names = ", ".join(flag.all_names)
    variable = f" (env: {flag.env})" if flag.env else ""
    return (f"{names} {flag.metavar}" if flag.metavar else names), flag.help + variable


def _rows(title: str, rows: Iterable[tuple[str, str]], column: int = _COLUMN) -> str:
    lines = [f"{title}:"]
    for left, right in rows:
        wrapped = textwrap.wrap(right, _WIDTH - column, break_on_hyphens=False)
        head = f"  {left}"
        if len(head) <= column - 2:
            head = f"{head:<{column}}{wrapped.pop(0)}"
        lines += [head, *(" " * column + line for line in wrapped)]
    return "\n".join(lines) + "\n"
