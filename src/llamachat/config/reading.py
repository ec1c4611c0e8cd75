"""Reads the settings: the file a person edits, then the LLAMACHAT_* variables above it.

Everything that can be known to be wrong here is refused with file, line and column. Values of
[engine] and [sampling] have their types; whether they make sense is for the room that uses them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamachat.config.keys import APP_KEYS, TABLES, Key
from llamachat.config.typed import key_list, parse_value
from llamachat.config.values import Config
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded
from llamachat.paths import config_dir
from llamachat.text_file import TextError, read_text

if TYPE_CHECKING:
    from llamachat.config.table import TomlTable

MAX_BYTES = 1 << 20
"""of the file"""
MEND = "Mend it: llamachat config edit"

_BLANK: Mapping[type, Any] = {str: "", int: 0, float: 0.0, bool: False, tuple: ()}


def config_path() -> Path:
    """Where the file is, or would be."""
    return config_dir() / "config.toml"


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """The settings of the file, where there is one, and of the environment.

    Raises:
        UsageError: the file cannot be read, is broken, or a value is of the wrong type.
    """
    try:
        config = _from_file(config_path())
    except UsageError as error:
        raise UsageError(error.message, error.hint or MEND) from None
    return _with_variables(config, os.environ if environ is None else environ)


def read_config_text(path: Path) -> str:
    """The text of the file, empty where there is none.

    Raises:
        UsageError: it cannot be read, is too large or no UTF-8 text.
    """
    try:
        return read_text(path, MAX_BYTES, remark="no settings file is")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except TextError as fault:
        raise UsageError(f"{path} {fault}.") from None


def _from_file(path: Path) -> Config:
    text = read_config_text(path)
    if not text:
        return Config()
    from llamachat.config.table import TomlTable  # 6 ms, for those who have a file

    root = TomlTable.parse(text, str(path))
    values = _table(root, APP_KEYS)
    origins = {name: _where(path, root, name) for name in values}
    for name, keys in TABLES.items():
        table = root.table(name)
        values[name] = _table(table, keys)
        origins |= {f"{name}.{key}": _where(path, table, key) for key in values[name]}
        table.refuse_others()
    keymap = [
        (name, keys, _where(path, table, key))
        for name, keys, table, key in _keymap(root.table("keys"))
    ]
    values["keys"] = {name: keys for name, keys, _ in keymap}
    origins |= {f"keys.{name}": where for name, _, where in keymap}
    _refuse_misplaced(root)
    root.refuse_others()
    _check(root, values)
    if "model" in values:
        values["model"] = _full_path(values["model"], path.parent)
    return Config(**values, origins=origins)


def _table(table: TomlTable, keys: Mapping[str, Key]) -> dict[str, Any]:
    """The keys that are written, each of its type."""
    found = {name: table.get(name, _BLANK[key.kind]) for name, key in keys.items()}
    return {name: value for name, value in found.items() if name in table}


def _keymap(table: TomlTable, above: str = "") -> Iterator[tuple[str, str, TomlTable, str]]:
    """(id of the binding, keys, where it is written) for each line of [keys].

    An id has a dot, which TOML reads as a table unless the id is in quotes.
    """
    for key in table.names:
        if table.holds_table(key):
            yield from _keymap(table.table(key), f"{above}{key}.")
            continue
        try:
            pressed = key_list(table.get(key, ""))
        except ValueError as expected:
            raise table.error(key, f"{key} takes {expected}") from None
        yield above + key, pressed, table, key


def _where(path: Path, table: TomlTable, key: str) -> str:
    line, column = table.where(key)
    return f"{path}, line {line}, column {column}" if line else str(path)


def _refuse_misplaced(root: TomlTable) -> None:
    """A key that is known, but in another table."""
    for key in root.names:
        for table, keys in TABLES.items():
            if key in keys and key not in APP_KEYS:
                raise root.error(key, f"{key} belongs under [{table}]")


def _check(root: TomlTable, values: Mapping[str, Any]) -> None:
    for name, key in APP_KEYS.items():
        if key.choices and values.get(name, key.choices[0]) not in key.choices:
            raise root.error(name, f"{name} must be one of {', '.join(key.choices)}")
        if values.get(name) == "":
            raise root.error(name, f"{name} must not be empty", "Remove the line for the default.")
        if key.least is not None and values.get(name, key.least) < key.least:
            raise root.error(name, f"{name} must be at least {key.least}")


def _full_path(name: str, folder: Path) -> str:
    """Of a model file; the name of a model stays as it is."""
    if "/" not in name and not name.endswith(".gguf"):
        return name
    return str(folder / expanded(name))


def _with_variables(config: Config, environ: Mapping[str, str]) -> Config:
    """An empty variable says nothing."""
    values: dict[str, Any] = {}
    for name, key in APP_KEYS.items():
        text = environ.get(key.variable, "") if key.variable else ""
        if not text:
            continue
        try:
            values[name] = parse_value(key, text)
        except ValueError as expected:
            raise UsageError(
                f"The variable {key.variable} takes {expected}, not {text!r}.",
                f"Run `unset {key.variable}` to be rid of it.",
            ) from None
    variables = {name: APP_KEYS[name].variable for name in values}
    return replace(config, **values, origins={**config.origins, **variables})
