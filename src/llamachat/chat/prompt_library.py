"""Where prompt templates lie: a person's own folder, then those that come with llamachat.

A file of the person's hides a shipped one of the same name. Nothing here writes a file.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import llamachat
from llamachat.chat.prompt_parser import parse_prompt_template
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded
from llamachat.paths import config_dir
from llamachat.text_file import TextError, read_text

MAX_BYTES = 1 << 20
"""of one file"""

Origin = Literal["own", "shipped", "shadowing"]
"""shadowing: an own one that hides a shipped one of the same name"""

_NAME = re.compile(r"\w[\w .-]*")


@dataclass(frozen=True, slots=True)
class Listed:
    """A prompt template as a list shows it; a broken one has a fault instead of a value."""

    name: str
    path: Path
    origin: Origin
    template: PromptTemplate | None
    fault: UsageError | None = None


def own_folder() -> Path:
    """Where a person's prompt templates are; it need not exist."""
    return config_dir() / "prompts"


def shipped_folder() -> Path:
    """In the wheel inside the package, in a checkout (and an editable install) at its root."""
    package = Path(llamachat.__file__).parent
    inside, checkout = package / "prompts", package.parents[1] / "prompts"
    return inside if inside.is_dir() else checkout


def prompt_templates() -> dict[str, Path]:
    """Every prompt template by name, sorted; broken ones too."""
    found: dict[str, Path] = {}
    for folder in (shipped_folder(), own_folder()):
        if folder.is_dir():
            found |= {path.stem: path for path in folder.glob("*.toml") if is_name(path.stem)}
    return dict(sorted(found.items()))


def is_name(name: str) -> bool:
    """Whether a prompt template can be called so: it becomes the name of a file."""
    return bool(_NAME.fullmatch(name)) and len(name) <= 64 and name == name.strip()


def name_of(asked: str) -> str:
    """How the prompt template is called that a name or a path stands for."""
    return Path(asked).stem if _is_path(asked) else asked


def _is_path(asked: str) -> bool:
    return asked.endswith(".toml") or "/" in asked or "\\" in asked


def origin(name: str) -> Origin:
    """Whose prompt template a name stands for."""
    own = (own_folder() / f"{name}.toml").exists()
    shipped = (shipped_folder() / f"{name}.toml").exists()
    return "shadowing" if own and shipped else "own" if own else "shipped"


def listed() -> list[Listed]:
    """Every prompt template, read."""
    return [_listed(name, path) for name, path in prompt_templates().items()]


def _listed(name: str, path: Path) -> Listed:
    try:
        return Listed(name, path, origin(name), read_prompt_template(path))
    except UsageError as fault:
        return Listed(name, path, origin(name), None, fault)


def find_prompt_template(name: str) -> Path:
    """The file of a name; a path stands for itself.

    Raises:
        UsageError: no prompt template has this name.
    """
    if _is_path(name):
        return expanded(name)
    known = prompt_templates()
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {nearest[0]}?" if nearest else f"There are {', '.join(known)}."
        raise UsageError(f"There is no prompt template {name!r}.", hint)
    return known[name]


def load_prompt_template(name: str) -> PromptTemplate:
    """A prompt template by its name, or by the path of a file.

    Raises:
        UsageError: there is none, or it is broken.
    """
    return read_prompt_template(find_prompt_template(name))


def read_prompt_template(path: Path) -> PromptTemplate:
    """A prompt template out of a file.

    Raises:
        UsageError: the file cannot be read, is no UTF-8 text, or is broken.
    """
    return parse_prompt_template(read_source(path), name=path.stem, source=str(path))


def read_source(path: Path) -> str:
    """The text of a file, sound or not.

    Raises:
        UsageError: the file cannot be read, is too large, or is no UTF-8 text.
    """
    try:
        return read_text(path, MAX_BYTES, remark="no prompt template is")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except TextError as fault:
        raise UsageError(f"{path} {fault}.") from None
