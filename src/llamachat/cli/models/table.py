"""The rows of `llamachat models list`: what is installed, what the catalogue has, what fits here.

Knows models and memory; nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamachat.errors import ModelError
from llamachat.models.catalog import Entry, catalog
from llamachat.models.fit import Fit, judge
from llamachat.models.found import describe
from llamachat.models.library import Installed, installed
from llamachat.models.need import Need

BUNDLED = "comes with llamachat"


@dataclass(frozen=True, slots=True)
class Row:
    """One model, on this disk or to be had."""

    name: str
    size: int
    need: Need | None
    """None where the file cannot be read"""
    fit: Fit | None
    licence: str
    entry: Entry | None = None
    model: Installed | None = None
    in_use: bool = False

    def as_json(self) -> dict[str, Any]:
        """For scripts; bytes and full names."""
        entry, model = self.entry, self.model
        manifest = model.manifest if model else None
        return {
            "name": self.name,
            "installed": model is not None,
            "in_use": self.in_use,
            "path": str(model.path) if model else None,
            "changed": (model.changed or None) if model else None,
            "size": self.size,
            "memory": self.need.total if self.need else None,
            "n_ctx": self.need.n_ctx if self.need else None,
            "fit": self.fit,
            "licence": self.licence or None,
            "source": str(entry.reference) if entry else manifest.source if manifest else None,
            "revision": entry.revision if entry else manifest.revision if manifest else None,
            "sha256": entry.sha256 if entry else manifest.sha256 if manifest else None,
            "ftype": entry.ftype if entry else None,
            "context": entry.shape.n_ctx_train if entry else None,
            "chat_form": entry.chat_form if entry else None,
            "confirmed_by": list(entry.sources) if entry else None,
        }


def rows(usable: int, in_use: Path | None) -> Iterator[Row]:
    """What is installed, then what is not.

    Args:
        in_use: the model of the settings.
    """
    here = set()
    for model in installed():
        if model.entry:
            here.add(model.entry.sha256)
        yield _of_installed(model, usable, in_use)
    for entry in catalog():
        if entry.sha256 not in here:
            fit = judge(entry.need, usable)
            yield Row(entry.name, entry.size, entry.need, fit, entry.licence, entry)


def _of_installed(model: Installed, usable: int, in_use: Path | None) -> Row:
    try:
        need = describe(model.path).need
    except ModelError:  # `models verify` says what is wrong
        need = None
    return Row(
        model.name,
        model.size,
        need,
        judge(need, usable) if need else None,
        model.entry.licence if model.entry else "" if model.manifest else BUNDLED,
        model.entry,
        model,
        in_use is not None and in_use.resolve() == model.path.resolve(),
    )
