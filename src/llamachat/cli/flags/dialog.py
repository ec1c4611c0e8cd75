"""The flags that say what the model is given and how the dialog runs."""

from __future__ import annotations

from llamachat.cli.flags import values
from llamachat.cli.flags.flag import Flag, Group

PROMPT = Group(
    "prompt",
    (
        Flag(
            ("-p", "--prompt"),
            "prompt to start generation with: one answer, then exit; text piped in is appended "
            "after a new line",
            metavar="PROMPT",
        ),
        Flag(
            ("-f", "--file"),
            "a file containing the prompt, - for standard input; appended to -p (repeatable)",
            metavar="FNAME",
            repeat=True,
            files="*",
        ),
        Flag(
            ("-sys", "--system-prompt"),
            "system prompt to use with model (if applicable, depending on chat template)",
            metavar="PROMPT",
        ),
        Flag(
            ("-sysf", "--system-prompt-file"),
            "a file containing the system prompt",
            metavar="FNAME",
            files="*",
        ),
        Flag(
            ("-e", "--escape"),
            "whether to process escape sequences (\\n, \\r, \\t, \\', \\\", \\\\, \\xHH) in -p, "
            "-f, -r, --in-prefix, --in-suffix and --dry-sequence-breaker; never in typed text "
            "(default: true)",
            off=("--no-escape",),
        ),
        Flag(
            ("-T", "--prompt-template"),
            "prompt template: a name, or a path to a TOML file",
            metavar="NAME",
            files="*.toml",
        ),
        Flag(
            ("--set",),
            "value of a variable of the prompt template (repeatable)",
            metavar="NAME=VALUE",
            read=values.variable,
            dest="variables",
            repeat=True,
        ),
        Flag(
            ("--prompt-cache",),
            "file to cache prompt state for faster startup: what it holds of the prompt is not "
            "evaluated again; for single answers (default: none)",
            metavar="FNAME",
            files="*",
        ),
        Flag(
            ("--prompt-cache-all",),
            "if specified, saves user input and generations to cache as well",
        ),
        Flag(
            ("--prompt-cache-ro",),
            "if specified, uses the prompt cache but does not update it",
        ),
    ),
)

GENERATION = Group(
    "generation",
    (
        Flag(
            ("-n", "--predict", "--n-predict"),
            "number of tokens to predict (default: -1, -1 = infinity, -2 = until context filled)",
            metavar="N",
            read=values.whole(-2),
            dest="n_predict",
            env="LLAMA_ARG_N_PREDICT",
        ),
        Flag(
            ("-r", "--reverse-prompt"),
            "halt generation at PROMPT, return control in interactive mode (repeatable)",
            metavar="PROMPT",
            repeat=True,
        ),
        Flag(
            ("--keep",),
            "number of tokens to keep from the initial prompt (default: 0, -1 = all)",
            metavar="N",
            read=values.whole(-1),
            dest="n_keep",
        ),
        Flag(
            ("--context-shift",),
            "whether to use context shift on infinite text generation (default: disabled; "
            "in a dialog: enabled)",
            off=("--no-context-shift",),
            env="LLAMA_ARG_CONTEXT_SHIFT",
        ),
    ),
)

DIALOG = Group(
    "dialog",
    (
        Flag(("-i", "--interactive"), "run in interactive mode; -p then starts the dialog"),
        Flag(
            ("-if", "--interactive-first"),
            "run in interactive mode and wait for input right away",
        ),
        Flag(
            ("-cnv", "--conversation"),
            "whether to run in conversation mode: -p is a message, not a text to continue "
            "(default: by the prompt template and the model)",
            off=("-no-cnv", "--no-conversation"),
        ),
        Flag(
            ("-st", "--single-turn"), "run conversation for a single turn only, then exit when done"
        ),
        Flag(
            ("-mli", "--multiline-input"),
            "allows you to write or paste multiple lines without ending each in '\\'",
        ),
        Flag(
            ("--in-prefix",), "string to prefix user inputs with (default: empty)", metavar="STRING"
        ),
        Flag(
            ("--in-suffix",),
            "string to suffix after user inputs with (default: empty)",
            metavar="STRING",
        ),
        Flag(
            ("--in-prefix-bos",),
            "prefix BOS to user inputs, preceding the --in-prefix string",
        ),
        Flag(
            ("--resume",),
            "go on with a stored chat (default: the latest; `llamachat chats` lists them)",
            metavar="[NUMBER]",
            read=values.chat_number,
            bare="latest",
        ),
        Flag(("--no-save",), "do not store this chat"),
        Flag(("--plain",), "the dialog as plain lines; text piped in is one turn a line"),
        Flag(("--tui",), "the dialog as a full-screen application"),
        Flag(("--web",), "the full-screen chat in the browser of this machine"),
        Flag(
            ("--host",),
            "address to listen on with --web, which must be this machine's own "
            "(default: 127.0.0.1)",
            metavar="HOST",
            dest="web_host",
        ),
        Flag(
            ("--port",),
            "port to listen on with --web, 0 = any free one (default: 8000)",
            metavar="PORT",
            read=values.whole(0, 65535),
            dest="web_port",
        ),
        Flag(
            ("--simple-io",),
            "use basic IO for better compatibility in subprocesses and limited consoles",
        ),
    ),
)
