"""The values of single keys of a prompt template, each checked by itself.

Every function raises TomlFault, with its place, where a value cannot be. Knows nothing of the file
as a whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from llamachat.chat.dialog import Form
from llamachat.chat.placeholders import NAME, names_in
from llamachat.chat.prompt_template import BUILT_IN, check_role
from llamachat.config.table import TomlTable
from llamachat.engine.params import SamplingParams
from llamachat.errors import UsageError

LAYOUT = {"in_prefix": "${user}: ", "in_suffix": "\n${assistant}:", "separator": "\n"}
"""keys that only transcripts have, and their defaults"""
_FORMS: dict[str, Form] = {"transcript": "transcript", "chat": "chat", "auto": "auto"}


def read_form(root: TomlTable) -> Form:
    form = root.get("form", "transcript")
    if form not in _FORMS:
        raise root.error("form", 'form must be "transcript", "chat" or "auto"')
    return _FORMS[form]


def read_text(table: TomlTable, key: str, default: str) -> str:
    """A text whose placeholders are sound."""
    return _sound(table, key, table.get(key, default))


def read_reverse_prompts(root: TomlTable, form: Form) -> tuple[str, ...]:
    texts = root.get("reverse_prompts", () if form == "chat" else ("${user}:",))
    for text in texts:
        if not text:
            raise root.error("reverse_prompts", "a reverse prompt must not be empty", at='""')
        _sound(root, "reverse_prompts", text)
    return texts


def read_n_keep(root: TomlTable) -> int:
    n_keep = root.get("n_keep", -1)
    if n_keep < -1:
        raise root.error("n_keep", "n_keep must be -1 (all) or a number of tokens")
    return n_keep


def read_role(roles: TomlTable, key: str, default: str) -> str:
    name = roles.get(key, default)
    try:
        check_role(name, key)
    except UsageError as error:
        raise roles.error(key, error.message.rstrip(".")) from None
    return name


def read_structure(root: TomlTable, key: str, form: Form) -> str:
    """How a transcript is punctuated; only role names and the date may stand in it."""
    if form == "chat":
        if key not in root:
            return ""
        root.get(key, "")
        raise root.error(
            key, f'{key} has no meaning with form = "chat"', "Leave it out: the model knows."
        )
    text = read_text(root, key, LAYOUT[key])
    if others := set(names_in(text)).difference(BUILT_IN):
        other = f"${{{min(others)}}}"
        raise root.error(
            key,
            f"{key} must not use {other}",
            "Only ${user}, ${assistant} and ${date} can be part of the structure.",
            at=other,
        )
    return text


def read_setting(sampling: TomlTable, name: str, default: Any) -> Any:
    """One parameter of the sampler; its default's type is its own."""
    value = sampling.get(name, default)
    check_sampling(sampling, name, {name: value})
    return value


def check_sampling(sampling: TomlTable, name: str, values: dict[str, Any]) -> None:
    """Whether the sampler takes these together; `name` is who is at fault, empty for several."""
    try:
        replace(SamplingParams(), **values)
    except UsageError as error:
        raise sampling.error(name, error.message.rstrip("."), error.hint) from None


def check_variable_name(variables: TomlTable, name: str) -> None:
    if name in BUILT_IN or not NAME.fullmatch(name):
        raise variables.error(
            name,
            f"{name!r} can not be the name of a variable",
            "Use letters, digits and _; ${user} and ${assistant} are set under [roles].",
        )


def _sound(table: TomlTable, key: str, text: str) -> str:
    try:
        names_in(text)
    except ValueError as error:
        raise table.error(
            key,
            f"{error} is not a variable",
            "Write ${name}, or $${ for the characters ${ alone.",
            at=str(error),
        ) from None
    return text
