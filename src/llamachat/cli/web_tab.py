"""The full-screen chat of one browser tab: `python -m llamachat.cli.web_tab FLAGS`.

textual-serve starts it with pipes in place of a terminal, which `llamachat` itself would take for
a single answer. Its standard error is the log of the server, which hears only of faults.
"""

from __future__ import annotations

import os
import sys

from llamachat.cli.failure import run_guarded
from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.full_screen import run_full_screen
from llamachat.cli.standing import above
from llamachat.cli.start import prompt_of, refuse_contradictions
from llamachat.cli.story import Story
from llamachat.config.reading import load_config
from llamachat.hardware.terminal import read_terminal

_DRIVER = "llamachat.tui.tab_driver:TabDriver"
"""in place of the one that textual-serve names"""


def main() -> int:
    os.environ["TEXTUAL_DRIVER"] = _DRIVER  # read when Textual is imported
    return run_guarded(_run, debug=False)


def _run() -> int:
    given = above(load_config(), parse(sys.argv[1:], os.environ))
    refuse_contradictions(given)
    quiet = Given({**given.values, "log_disable": True}, given.standing)
    with Story(read_terminal(), quiet) as story:
        return run_full_screen(quiet, story, prompt_of(quiet, piped=False, story=story))


if __name__ == "__main__":
    sys.exit(main())
