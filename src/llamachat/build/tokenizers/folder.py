"""The JSON files beside a model that say something of its tokenizer, read once.

Values keep whatever type the files give them; whoever uses one checks it. A file that is missing is
an empty object. Does not know what the fields mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamachat.build.json_object import MAX_JSON, read_json
from llamachat.build.mapped_file import damaged, unreadable
from llamachat.errors import ModelError

Fields = Mapping[str, Any]

FILES = (
    "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "chat_template.jinja", "chat_template.json", "merges.txt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenizerFolder:
    """What lies in a folder besides tokenizer.model."""

    path: Path
    config: Fields
    """config.json"""
    tokenizer: Fields
    tokenizer_config: Fields
    special_tokens_map: Fields
    added_tokens: Fields

    @property
    def has_tokenizer_config(self) -> bool:
        return bool(self.tokenizer_config)


def read_folder(path: Path) -> TokenizerFolder:
    """Everything that is there.

    Raises:
        ModelError: a file is damaged.
    """
    names = (
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json",
    )  # fmt: skip
    return TokenizerFolder(path, *(maybe_json(path / name) for name in names))


def maybe_json(path: Path) -> Fields:
    """The object in a file; an empty one where there is none."""
    return read_json(path).fields if path.is_file() else {}


def read_text(path: Path) -> str:
    """The text of a file beside the model, with its line ends as they are to be written."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_JSON + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(data) > MAX_JSON:
        raise damaged(path, f"it has more than {MAX_JSON:,} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise damaged(path, "it is not UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def content(token: object) -> str | None:
    """The text of a token, which is written as itself or as an object with flags."""
    value = token.get("content") if isinstance(token, dict) else token
    return value if isinstance(value, str) else None


def objects(value: object) -> list[Fields]:
    """The objects of a list, nothing of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def token_id(value: object, path: Path) -> int:
    """The number of a token.

    Raises:
        ModelError: it is none.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise ModelError(f"{path} gives a token the number {str(value)[:80]!a}.")
    return value
