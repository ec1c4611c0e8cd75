"""The argument parser all commands share: errors are UsageError, help is laid out one way.

A command's module has `parser() -> Parser` and `run(argv) -> int`; `llamachat.cli.commands` lists
them. Knows nothing of any command.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from typing import Never

from llamachat.errors import UsageError


class HelpLayout(argparse.RawDescriptionHelpFormatter):
    """`-n, --predict N` instead of `-n N, --predict N`, in columns that fit 80."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Lines as they were written; what is too long for the terminal is wrapped."""
        lines = [line for written in text.splitlines() for line in _wrapped(written, width)]
        return "\n".join(indent + line for line in lines)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return super()._format_action_invocation(action)
        names = ", ".join(action.option_strings)
        return names if action.nargs == 0 else f"{names} {action.metavar or action.dest.upper()}"


def _wrapped(line: str, width: int) -> list[str]:
    """One line as several; those after the first are indented like it."""
    margin = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(line, width, subsequent_indent=margin, break_on_hyphens=False) or [""]


class Parser(argparse.ArgumentParser):
    """argparse with our errors, our help layout and no guessing of abbreviations."""

    def __init__(self, prog: str, *, description: str, epilog: str = "", usage: str = "") -> None:
        super().__init__(
            prog,
            description=description,
            epilog=epilog,
            usage=usage or None,
            formatter_class=HelpLayout,
            allow_abbrev=False,
        )

    def error(self, message: str) -> Never:
        _, unknown, words = message.partition("unrecognized arguments: ")
        if unknown:
            message = self._unknown(words.split()[0])
        sentence = message[:1].upper() + message[1:].rstrip(".") + "."
        raise UsageError(sentence, f"Run `{self.prog} --help` to see what there is.")

    def _unknown(self, word: str) -> str:
        if not word.startswith("-"):
            return f"{word!r} is one word too many"
        import difflib  # 3 ms, only for errors

        close = difflib.get_close_matches(word, self._option_string_actions, n=1)
        guess = f"; the nearest is {close[0]}" if close else ""
        return f"there is no flag {word} here{guess}"

    def print_help(self, file: object = None) -> None:
        """To standard output: asked for, it is the answer."""
        del file
        encoding = sys.stdout.encoding or "ascii"
        text = self.format_help()
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.replace("…", "...").encode(encoding, "replace").decode(encoding)
        sys.stdout.write(text)
