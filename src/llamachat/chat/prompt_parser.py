"""From the text of a prompt template to the checked value.

Everything that can be wrong is refused here, with file, line and column, so that a template which
was read once always works. Knows nothing of folders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.placeholders import NAME, names_in
from llamachat.chat.prompt_template import BUILT_IN, PromptTemplate, Variable, check_role
from llamachat.config.table import TomlTable
from llamachat.engine.params import SamplingParams
from llamachat.engine.prompt import scaffold
from llamachat.errors import UsageError

LAYOUT = {"in_prefix": "${user}: ", "in_suffix": "\n${assistant}:", "separator": "\n"}
"""keys that only transcripts have, and their defaults"""


def parse_prompt_template(text: str, *, name: str, source: str) -> PromptTemplate:
    """Read the text of a file; `source` is how errors call it.

    Raises:
        UsageError: it is not TOML, a key is unknown, or a value is wrong.
    """
    root = TomlTable.parse(text, source)
    description = root.get("description", "")
    dialog = _dialog(root)
    declared = tuple(_variables(root.table("variables")))
    root.refuse_others()
    known = {*BUILT_IN, *(variable.name for variable in declared)}
    used = [name for text in _texts(dialog) for name in names_in(text) if name not in known]
    undeclared = tuple(Variable(name) for name in dict.fromkeys(used))
    return PromptTemplate(name, description, source, dialog, declared + undeclared)


def _dialog(root: TomlTable) -> Dialog:
    roles = root.table("roles")
    form = root.get("form", "transcript")
    if form not in ("transcript", "chat"):
        raise root.error("form", 'form must be "transcript" or "chat"')
    transcript = form == "transcript"
    dialog = Dialog(
        form="transcript" if transcript else "chat",
        user=_role(roles, "user", "User"),
        assistant=_role(roles, "assistant", "Assistant"),
        preamble=(scaffold(_text(root, "preamble", "")),),
        greeting=tuple(_greeting(root)),
        reverse_prompts=_reverse_prompts(root, ("${user}:",) if transcript else ()),
        n_keep=root.get("n_keep", -1),
        sampling=_sampling(root),
    )
    roles.refuse_others()
    if dialog.n_keep < -1:
        raise root.error("n_keep", "n_keep must be -1 (all) or a number of tokens")
    return replace(dialog, **_layout(root, transcript=transcript))


def _layout(root: TomlTable, *, transcript: bool) -> dict[str, Any]:
    """How a transcript is punctuated; only role names and the date may stand in it."""
    if not transcript:
        for key in LAYOUT.keys() & root.names:
            raise root.error(
                key, f'{key} has no meaning with form = "chat"', "Leave it out: the model knows."
            )
        return {}
    layout = {key: _text(root, key, default) for key, default in LAYOUT.items()}
    for key, text in layout.items():
        if others := set(names_in(text)).difference(BUILT_IN):
            raise root.error(
                key,
                f"{key} must not use ${{{min(others)}}}",
                "Only ${user}, ${assistant} and ${date} can be part of the structure.",
            )
    return layout


def _text(table: TomlTable, key: str, default: str) -> str:
    """A text whose placeholders are sound."""
    text = table.get(key, default)
    _check_placeholders(table, key, text)
    return text


def _check_placeholders(table: TomlTable, key: str, text: str) -> None:
    try:
        names_in(text)
    except ValueError as error:
        raise table.error(
            key, f"{error} is not a variable", "Write ${name}, or $${ for the characters ${ alone."
        ) from None


def _reverse_prompts(root: TomlTable, default: tuple[str, ...]) -> tuple[str, ...]:
    texts = root.get("reverse_prompts", default)
    for text in texts:
        if not text:
            raise root.error("reverse_prompts", "a reverse prompt must not be empty")
        _check_placeholders(root, "reverse_prompts", text)
    return texts


def _role(roles: TomlTable, key: str, default: str) -> str:
    name = roles.get(key, default)
    try:
        check_role(name, key)
    except UsageError as error:
        raise roles.error(key, error.message.rstrip(".")) from None
    return name


def _greeting(root: TomlTable) -> Iterator[Message]:
    for turn in root.tables("greeting"):
        user, assistant = _text(turn, "user", ""), _text(turn, "assistant", "")
        turn.refuse_others()
        if not user and not assistant:
            raise root.error("greeting", "a greeting needs words of the user or the assistant")
        if user:
            yield Message("user", user)
        if assistant:
            yield Message("assistant", assistant)


def _sampling(root: TomlTable) -> dict[str, Any]:
    """The settings that the file makes; token ids would only fit one model."""
    table, defaults = root.table("sampling"), SamplingParams()
    names = [field.name for field in fields(SamplingParams) if field.name != "logit_bias"]
    values = {name: table.get(name, getattr(defaults, name)) for name in names}
    table.refuse_others()
    given = {name: value for name, value in values.items() if name in table}
    try:
        replace(defaults, **given)
    except UsageError as error:
        raise root.error("sampling", error.message.rstrip("."), error.hint) from None
    return given


def _variables(table: TomlTable) -> Iterator[Variable]:
    for name in table.names:
        if name in BUILT_IN or not NAME.fullmatch(name):
            raise table.error(
                name,
                f"{name!r} can not be the name of a variable",
                "Use letters, digits and _; ${user} and ${assistant} are set under [roles].",
            )
        if not table.holds_table(name):
            yield Variable(name, table.get(name, ""))
            continue
        details = table.table(name)
        default, ask = details.get("default", ""), details.get("ask", "")
        details.refuse_others()
        yield Variable(name, default if "default" in details else None, ask)


def _texts(dialog: Dialog) -> Iterable[str]:
    """Every text that may hold placeholders."""
    return [
        *(segment.text for segment in dialog.preamble),
        *(message.text for message in dialog.greeting),
        *dialog.reverse_prompts,
        *(dialog.in_prefix, dialog.in_suffix, dialog.separator),
    ]
