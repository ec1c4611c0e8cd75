"""`python3 -m llamachat.install`: what this machine can do and how the engine would be built.

Needs nothing installed: `PYTHONPATH=src python3 -m llamachat.install` works in a fresh clone.
`prepare` is the second half of `scripts/bootstrap.py`.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - started by hand on any Python
    sys.exit("llamachat needs Python 3.11 or newer, this is " + sys.version.split()[0] + ".")

import argparse
import os
from pathlib import Path

from llamachat.errors import ExitCode, LlamaChatError


def main() -> int:
    """Parses the command line and runs it; returns the exit code."""
    try:
        return _run(_arguments())
    except LlamaChatError as error:
        _say(f"Error: {error.message}")
        if error.hint:
            _say(error.hint)
        return error.exit_code
    except OSError as error:  # no space left, no permission
        _say(f"Error: {error}")
        return ExitCode.FAILURE
    except KeyboardInterrupt:
        _say("Interrupted; nothing is broken, run the same command again.")
        return ExitCode.INTERRUPTED


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m llamachat.install", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    actions = parser.add_subparsers(dest="action")
    prepare = actions.add_parser("prepare", help="install engine and app of a checkout")
    prepare.add_argument("checkout", type=Path)
    prepare.add_argument("--dev", action="store_true", help="the developers' tools as well")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> int:
    if arguments.action == "prepare":
        from llamachat.install.checkout import prepare_checkout

        prepare_checkout(arguments.checkout.resolve(), _say, dev=arguments.dev)
        return ExitCode.OK
    from llamachat.install.report import as_json, as_table
    from llamachat.install.survey import survey_machine

    show = as_json if arguments.json else as_table
    sys.stdout.write(show(survey_machine(), os.environ) + "\n")
    return ExitCode.OK


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
