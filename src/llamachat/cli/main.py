"""The command line's front door: `llamachat [COMMAND] …`.

The first word chooses a command; without one the flags of the chat and the one-shot mode apply.
Errors end in `failure`. Imports nothing heavy, so that --help and --version answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from llamachat.cli.commands import COMMANDS
from llamachat.cli.failure import run_guarded


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    return run_guarded(lambda: _dispatch(words), debug=_wants_traceback(words))


def _dispatch(words: list[str]) -> int:
    if words and words[0] in COMMANDS:
        module = import_module(f"llamachat.cli.{COMMANDS[words[0]].module}")
        code: int = module.run(words[1:])
        return code
    if words and words[0] == "help":
        words = [*words[1:], "--help"]
        return _dispatch(words)
    return _chat(words)


def _chat(words: list[str]) -> int:
    from llamachat.cli.flags.parse import parse

    given = parse(words, os.environ)
    if given.on("help"):
        from llamachat.cli.flags.help import help_text

        sys.stdout.write(help_text({name: c.summary for name, c in COMMANDS.items()}))
        return 0
    if given.on("version"):
        from llamachat import __version__

        sys.stdout.write(f"llamachat {__version__}\n")
        return 0
    if given.on("completion_bash"):
        return _dispatch(["completion", "bash"])
    if given.on("web"):
        from llamachat.cli.web import run_web

        return run_web(given, words)
    from llamachat.cli.standing import above
    from llamachat.cli.start import start
    from llamachat.config.reading import load_config

    return start(above(load_config(), given))


def _wants_traceback(words: list[str]) -> bool:
    asked = {"-v", "--verbose", "--log-verbose"} & set(words)
    return bool(asked) or os.environ.get("LLAMACHAT_DEBUG") == "1"


if __name__ == "__main__":
    sys.exit(main())
