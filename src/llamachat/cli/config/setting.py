"""`llamachat config set KEY VALUE`: one value, checked before it is written."""

from __future__ import annotations

import os
from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.config.sources import variable_of
from llamachat.cli.failure import say
from llamachat.cli.standing import check, check_value
from llamachat.config.edit_text import literal
from llamachat.config.reading import config_path, load_config
from llamachat.config.typed import read_value
from llamachat.config.values import Config
from llamachat.config.writing import write_values
from llamachat.errors import UsageError


def parser() -> Parser:
    made = Parser(
        "llamachat config set",
        description="Give a setting a value. Comments and all else in the file stay.",
        epilog="examples:\n"
        "  llamachat config set model ~/models/llama-2-7b-chat.Q4_0.gguf\n"
        "  llamachat config set sampling.temp 0.6\n"
        '  llamachat config set keys.chat.stop "escape,ctrl+c"',
    )
    made.add_argument("key", metavar="KEY", help="a name that `llamachat config show` lists")
    made.add_argument("value", metavar="VALUE", help="its value; lists as in 'top_k;temperature'")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    key, value = read_value(given.key, given.value)
    check_value(key, value)
    if key == "model":
        value = model_file(value)
    if key == "prompt_template":
        from llamachat.chat.prompt_library import load_prompt_template

        load_prompt_template(value)
    if key.startswith("keys."):
        from llamachat.tui.keymap import refuse_unknown  # 0.4 s: Textual, which knows its keys

        refuse_unknown(Config(keys={key.removeprefix("keys."): value}))
    backup = write_values({key: value})
    say(f"{key} = {literal(value)} is now in {config_path()}")
    if backup:
        say(f"It had to be written anew, without comments; the former file is {backup}")
    tell_what_else(key)
    return 0


def model_file(name: str) -> str:
    """A path that holds in every folder, of a file or of an installed model.

    Raises:
        UsageError: there is no such file.
        ModelError: there is no model of that name.
    """
    from llamachat.models.library import model_file as named

    path = named(name).absolute()
    if not path.is_file():
        raise UsageError(f"There is no model file {path}.", "Give the path of a .gguf file.")
    return str(path)


def tell_what_else(key: str) -> None:
    """A variable that wins over the file, a fault elsewhere in it: not what was asked, but news."""
    if variable := variable_of(key, os.environ):
        say(f"For now the variable {variable} wins over it.")
    try:
        check(load_config({}))
    except UsageError as error:
        say(f"llamachat: {error.message}\n{error.hint}".rstrip())
