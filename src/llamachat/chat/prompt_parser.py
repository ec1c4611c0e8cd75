"""From the text of a prompt template to the checked value.

Everything that can be wrong is found here, all of it at once and each with file, line and column,
so that a prompt template which was read once always works. Knows nothing of folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, ParamSpec, TypeVar

from llamachat.chat.dialog import Dialog, Form
from llamachat.chat.message import Message
from llamachat.chat.placeholders import names_in
from llamachat.chat.prompt_template import BUILT_IN, PromptTemplate, Variable
from llamachat.chat.prompt_values import (
    LAYOUT,
    check_sampling,
    check_variable_name,
    read_form,
    read_n_keep,
    read_reverse_prompts,
    read_role,
    read_setting,
    read_structure,
    read_text,
)
from llamachat.config.table import TomlFault, TomlTable
from llamachat.engine.params import SamplingParams
from llamachat.engine.prompt import scaffold
from llamachat.errors import UsageError

_T = TypeVar("_T")
_P = ParamSpec("_P")


class PromptTemplateError(UsageError):
    """The first thing that is wrong in a prompt template; `faults` has all of them, in order."""

    def __init__(self, faults: Iterable[TomlFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.column)))
        super().__init__(self.faults[0].message, self.faults[0].hint)


def parse_prompt_template(text: str, *, name: str, source: str) -> PromptTemplate:
    """Read the text of a file; `source` is how errors call it.

    Raises:
        PromptTemplateError: it is not TOML, keys are unknown, or values are wrong.
    """
    try:
        root = TomlTable.parse(text, source)
    except TomlFault as fault:
        raise PromptTemplateError([fault]) from None
    reading = _Reading(root)
    template = reading.prompt_template(name, source)
    if reading.faults:
        raise PromptTemplateError(reading.faults)
    declared = {*BUILT_IN, *(variable.name for variable in template.variables)}
    used = [name for text in _texts(template.unfilled) for name in names_in(text)]
    undeclared = (Variable(name) for name in dict.fromkeys(used) if name not in declared)
    return replace(template, variables=(*template.variables, *undeclared))


class _Reading:
    """Reads one file and goes on after a fault, so that one look shows all of them."""

    def __init__(self, root: TomlTable) -> None:
        self._root = root
        self.faults: list[TomlFault] = []

    def prompt_template(self, name: str, source: str) -> PromptTemplate:
        root = self._root
        description = self._take("", root.get, "description", "")
        dialog = self._dialog(root, self._take("auto", read_form, root))
        variables = tuple(self._variables(self._table("variables")))
        self.faults += root.strangers()
        return PromptTemplate(name, description, source, dialog, variables)

    def _take(self, instead: _T, read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return read(*args, **kwargs)
        except TomlFault as fault:
            self.faults.append(fault)
            return instead

    def _table(self, key: str) -> TomlTable:
        return self._take(TomlTable({}, "", ""), self._root.table, key)

    def _dialog(self, root: TomlTable, form: Form) -> Dialog:
        structure = {key: self._take("", read_structure, root, key, form) for key in LAYOUT}
        return Dialog(
            form=form,
            preamble=(scaffold(self._take("", read_text, root, "preamble", "")),),
            greeting=tuple(self._greeting(root)),
            reverse_prompts=self._take((), read_reverse_prompts, root, form),
            n_keep=self._take(-1, read_n_keep, root),
            sampling=self._sampling(self._table("sampling")),
            line_endings=self._take(False, root.get, "line_endings", False),
            **structure,
            **self._roles(self._table("roles")),
        )

    def _roles(self, table: TomlTable) -> dict[str, str]:
        names = {"user": "User", "assistant": "Assistant"}
        found = {k: self._take(name, read_role, table, k, name) for k, name in names.items()}
        self.faults += table.strangers()
        return found

    def _greeting(self, root: TomlTable) -> Iterator[Message]:
        turns: list[TomlTable] = self._take([], root.tables, "greeting")
        for turn in turns:
            before = len(self.faults)
            user = self._take("", read_text, turn, "user", "")
            assistant = self._take("", read_text, turn, "assistant", "")
            self.faults += turn.strangers()
            if not user and not assistant and len(self.faults) == before:
                words = "a greeting needs words of the user or the assistant"
                self.faults.append(turn.error("", words))
            if user:
                yield Message("user", user)
            if assistant:
                yield Message("assistant", assistant)

    def _sampling(self, table: TomlTable) -> dict[str, Any]:
        """The settings that the file makes; token ids would only fit one model."""
        defaults = SamplingParams()
        read: dict[str, Any] = {
            known.name: self._take(
                None, read_setting, table, known.name, getattr(defaults, known.name)
            )
            for known in fields(SamplingParams)
            if known.name != "logit_bias"
        }
        self.faults += table.strangers()
        given = {k: value for k, value in read.items() if k in table and value is not None}
        self._take(None, check_sampling, table, "", given)
        return given

    def _variables(self, table: TomlTable) -> Iterator[Variable]:
        for name in table.names:
            variable = self._take(None, self._variable, table, name)
            if variable is not None:
                yield variable

    def _variable(self, table: TomlTable, name: str) -> Variable:
        check_variable_name(table, name)
        if not table.holds_table(name):
            return Variable(name, table.get(name, ""))
        details = table.table(name)
        default, ask = details.get("default", ""), details.get("ask", "")
        self.faults += details.strangers()
        return Variable(name, default if "default" in details else None, ask)


def _texts(dialog: Dialog) -> Iterable[str]:
    """Every text that may hold placeholders."""
    return [
        *(segment.text for segment in dialog.preamble),
        *(message.text for message in dialog.greeting),
        *dialog.reverse_prompts,
        *(dialog.in_prefix, dialog.in_suffix, dialog.separator),
    ]
