"""Writes settings, by explicit command only, and keeps a person's file as it is otherwise.

One line is changed in place. Where a file is written so that this can not be done, the whole file
is written anew after a copy of it was kept. What results is parsed and compared before anything on
disk is touched. Knows nothing of what the values mean.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llamachat.config.edit_text import KeyPath, with_value, without_value
from llamachat.config.keys import find_key
from llamachat.config.reading import MEND, config_path, read_config_text
from llamachat.config.table import TomlTable
from llamachat.config.typed import read_value
from llamachat.errors import UsageError
from llamachat.text_file import write_whole


def set_value(key: str, value: str | None) -> Path | None:
    """Set a key to what a person typed, or forget it; returns a kept copy as `write_values` does.

    Raises:
        UsageError: no such key, a value of another type, or the file cannot be read or written.
    """
    if value is None:
        return write_values({written_name(key): None})
    name, parsed = read_value(key, value)
    return write_values({name: parsed})


def write_values(changes: Mapping[str, object]) -> Path | None:
    """Write values under their full names; None forgets one.

    Returns:
        The copy of the former file, where it had to be written anew without its comments.

    Raises:
        UsageError: the file is no TOML, or it cannot be read or written.
    """
    path = config_path()
    before = text = read_config_text(path)
    data = _parsed(text, path)
    rewritten = False
    for name, value in changes.items():
        keys = _key_path(name, data)
        wanted = _changed(data, keys, list(value) if isinstance(value, tuple) else value, path)
        if wanted == data:
            continue
        proposal = without_value(text, keys) if value is None else with_value(text, keys, value)
        data = wanted
        if _means(proposal, wanted):
            text = proposal
            continue
        import tomli_w

        text, rewritten = tomli_w.dumps(wanted), True
    if text == before:
        return None
    backup = path.with_name(path.name + ".bak") if rewritten else None
    if backup:
        replace_text(backup, before)
    replace_text(path, text)
    return backup


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; a link keeps pointing where it does.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from None


def written_name(key: str) -> str:
    """The full name of a key to forget; one that the file holds need not be known."""
    path = config_path()
    data = _parsed(read_config_text(path), path)
    return key if _holds(data, _key_path(key, data)) else find_key(key)[0]


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        TomlTable.parse(text, str(path))
    except UsageError as error:
        raise UsageError(error.message, MEND) from None
    return tomllib.loads(text)


def _key_path(name: str, data: Mapping[str, Any]) -> KeyPath:
    """Ids of bindings have dots; TOML reads them as tables unless they are in quotes."""
    table, dot, rest = name.partition(".")
    if not dot:
        return (name,)
    nested = tuple(name.split("."))
    return nested if _holds(data, nested) else (table, rest)


def _holds(data: Any, keys: KeyPath) -> bool:
    for key in keys:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _changed(data: dict[str, Any], keys: KeyPath, value: object, path: Path) -> dict[str, Any]:
    """What the file shall hold."""
    if value is None and not _holds(data, keys):
        return data
    result = table = copy.deepcopy(data)
    for key in keys[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {key} must be a table, written as [{key}].", MEND)
    if value is None:
        del table[keys[-1]]
    else:
        table[keys[-1]] = value
    return result


def _means(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except ValueError:
        return False
