"""The settings of a person, as a frozen value: what the file and the environment say.

None and an absent key mean that nobody said anything, so that defaults can come from elsewhere.
Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llamachat.errors import UsageError

Panel = Literal["full", "line", "off"]


@dataclass(frozen=True, slots=True)
class Config:
    """What stands for every start. The keys are explained in `keys`."""

    model: str | None = None
    """a path in full, or the name of a model"""
    endpoint: str | None = None
    """address of a server that computes; None: this machine"""
    endpoint_model: str | None = None
    api_key_file: str | None = None
    prompt_template: str | None = None
    n_predict: int | None = None
    theme: str | None = None
    panel: Panel = "full"
    markdown: bool = True
    print_on_exit: bool = False
    line_endings: bool | None = None
    draft_prefill: bool = True
    tune: bool = True
    kv_cache_mb: int | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    """id of a binding → keys, as Textual's keymap wants them"""
    engine: Mapping[str, Any] = field(default_factory=dict)
    """fields of EngineOptions"""
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """fields of SamplingParams"""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """full name of each key that was given → where: "PATH, line 3, column 1" or a variable"""

    def error(self, key: str, sentence: str, hint: str = "") -> UsageError:
        """An error about a value, with its place; `sentence` without its full stop."""
        where = self.origins.get(key, "")
        return UsageError(f"{where}: {sentence}." if where else f"{sentence}.", hint)
