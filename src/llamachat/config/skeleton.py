"""The file that a person begins with: every key commented out, with what it is for.

Made from the tables of keys, so that it is never behind them. Knows no values in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from llamachat.config.edit_text import literal
from llamachat.config.keys import APP_KEYS, TABLES, Key

_HEAD = """\
# Settings of llamachat. Remove the # before a line to make it count.
# Environment variables (LLAMA_ARG_*, LLAMACHAT_*) win over this file, flags win over both.
"""
_ABOUT = {
    "engine": "How the model is loaded.",
    "sampling": "How answers are chosen; wins over what a prompt template says.",
}
_KEYS = """
# Keys of the full-screen chat, by the names that its help screen shows.
[keys]
# "chat.stop" = "escape,ctrl+c"
"""
_EXAMPLES: Mapping[type, object] = {str: "", int: 0, float: 0.0, bool: False, tuple: []}
_NAMES = {"model": "~/models/model.gguf", "prompt_template": "bob", "theme": "nord"}


def skeleton(defaults: Mapping[str, object]) -> str:
    """The text; `defaults` are values to show, by full name."""
    lines = [_HEAD, *_lines("", APP_KEYS, {**_NAMES, **defaults})]
    for table, keys in TABLES.items():
        lines += [f"\n# {_ABOUT[table]}\n[{table}]\n", *_lines(f"{table}.", keys, defaults)]
    return "".join([*lines, _KEYS])


def _lines(above: str, keys: Mapping[str, Key], defaults: Mapping[str, object]) -> Iterable[str]:
    for name, key in keys.items():
        value = defaults.get(above + name, _EXAMPLES[key.kind])
        yield f"\n# {key.summary}\n# {name} = {literal(value)}\n"
