"""One prompt template while it is edited: under which name, and what of it is on the disk.

Knows nothing of screens; `prompt_files` does the writing.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.chat.prompt_files import begun_from, check_name, save_prompt_template
from llamachat.chat.prompt_library import (
    find_prompt_template,
    origin,
    prompt_templates,
    read_source,
)
from llamachat.errors import UsageError

_WHOSE = {
    "own": "yours",
    "shadowing": "yours, hides the shipped one",
    "shipped": "shipped; saving makes your own copy",
}


class PromptDraft:
    """`name` is that of the prompt template; for a new one, of the one it begins from."""

    def __init__(self, name: str, *, new: bool = False) -> None:
        self._base = name
        self.name = "" if new else name
        """empty until a new one is saved"""
        self._kept = ""

    @property
    def title(self) -> str:
        return f"Prompt template {self.name}" if self.name else "New prompt template"

    @property
    def whose(self) -> str:
        return _WHOSE[origin(self.name)] if self.name else f"new, from {self._base}"

    @property
    def suggestion(self) -> str:
        """A name for a new one that is still free."""
        taken = prompt_templates()
        first = f"my {self._base.removeprefix('my ')}"
        names = (first, *(f"{first} {number}" for number in range(2, 1000)))
        return next((name for name in names if name not in taken), "")

    def load(self) -> str:
        """The text to begin with.

        Raises:
            UsageError: there is no such prompt template, or it cannot be read.
        """
        self._kept = (
            read_source(find_prompt_template(self.name)) if self.name else begun_from(self._base)
        )
        return self._kept

    def unsaved(self, text: str) -> bool:
        """Whether leaving now would lose something that was typed."""
        return text != self._kept

    def overwrites(self, text: str) -> bool:
        """Whether saving would destroy what another program wrote meanwhile."""
        if not self.name:
            return False
        try:
            return read_source(find_prompt_template(self.name)) not in (self._kept, text)
        except UsageError:  # it is gone: saving brings it back
            return False

    def save(self, text: str, name: str = "") -> Path:
        """Write it into the person's own folder; a new one under the name given.

        Raises:
            UsageError: the name is none, or taken.
            LlamaChatError: it cannot be written.
        """
        chosen = self.name or name.strip()
        check_name(chosen)
        if not self.name and chosen in prompt_templates():
            raise UsageError(f"There is a prompt template {chosen!r} already.", "Change the name.")
        path = save_prompt_template(chosen, text)
        self.name, self._kept = chosen, text
        return path
