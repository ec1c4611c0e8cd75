"""The flags that say what is shown. Standard output carries the answer, standard error the rest."""

from __future__ import annotations

from llamachat.cli.flags import values
from llamachat.cli.flags.flag import Flag, Group

OUTPUT = Group(
    "output",
    (
        Flag(("--json",), "print one JSON object: text, finish reason, tokens, timings, memory"),
        Flag(
            ("--display-prompt",),
            "whether to print prompt at generation (default: false)",
            off=("--no-display-prompt",),
        ),
        Flag(("--verbose-prompt",), "print a verbose prompt before generation (default: false)"),
        Flag(("-sp", "--special"), "special tokens output enabled (default: false)"),
        Flag(
            ("--show-timings",),
            "whether to show timing information after each response "
            "(default: true in a dialog, false otherwise)",
            off=("--no-show-timings",),
            env="LLAMA_ARG_SHOW_TIMINGS",
        ),
        Flag(
            ("--perf",),
            "whether to print detailed timings at the end (default: false)",
            off=("--no-perf",),
            env="LLAMA_ARG_PERF",
        ),
        Flag(
            ("-co", "--color"),
            "colorize output to distinguish prompt and user input from generations "
            "(default: auto, when output is to a terminal)",
            metavar="[on|off|auto]",
            read=values.on_off_auto,
            choices=("on", "off", "auto"),
            bare="on",
            accepted=values.ON_OFF_AUTO,
        ),
    ),
)

DIAGNOSTICS = Group(
    "diagnostics",
    (
        Flag(
            ("-v", "--verbose", "--log-verbose"),
            "print what the engine logs, and the traceback of an unexpected error",
        ),
        Flag(
            ("--log-file",),
            "log to file",
            metavar="FNAME",
            env="LLAMA_ARG_LOG_FILE",
            files="*",
        ),
        Flag(("--log-disable",), "print no log: nothing but the answer and errors"),
        Flag(("--completion-bash",), "print source-able bash completion script"),
        Flag(("--version",), "show version and exit"),
        Flag(("-h", "--help", "--usage"), "print usage and exit"),
    ),
)
