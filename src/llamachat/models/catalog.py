"""The models that llamachat knows by name: where each file is, what it must hash to, what it needs.

The facts are in catalog.toml, or in the file that LLAMACHAT_CATALOG names: a mirror may have models
of its own. A name is that of a family, with or without a quantization:
`llama-2-7b-chat`, `llama-2-7b-chat:Q4_0`. Knows nothing of networks or of this disk.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from llamachat.errors import UsageError
from llamachat.models.nearest import did_you_mean
from llamachat.models.need import Need, Setting, Weights, memory_need
from llamachat.models.reference import HubReference
from llamachat.models.shape import Shape

CATALOG = Path(__file__).with_name("catalog.toml")
VARIABLE = "LLAMACHAT_CATALOG"


@dataclass(frozen=True, slots=True)
class Entry:
    """One published GGUF file."""

    family: str
    title: str
    """of the family, as its makers write it"""
    ftype: str
    repository: str
    """on the hub"""
    revision: str
    """the commit"""
    file: str
    size: int
    sha256: str
    licence: str
    chat_form: str
    """the form of dialog that it was trained on"""
    shape: Shape
    sources: tuple[str, ...]
    """who says that this is the right hash, in words"""
    confirmations: int
    """how many of them are independent of each other"""
    suggested: bool
    """one of the few that a first start chooses from"""

    @property
    def name(self) -> str:
        return f"{self.family}:{self.ftype}"

    @property
    def words(self) -> str:
        """For a sentence."""
        return f"{self.title} in {self.ftype}"

    @property
    def reference(self) -> HubReference:
        return HubReference(
            self.repository, file=self.file, revision=self.revision, sha256=self.sha256
        )

    @property
    def need(self) -> Need:
        """At a small context, before anything is known of the machine."""
        return self.need_with(Setting())

    def need_with(self, setting: Setting) -> Need:
        """The file's metadata, below 10 MB, counts as weights."""
        return memory_need(Weights(self.size), self.shape, setting)


def catalog() -> tuple[Entry, ...]:
    """Every entry, families in the order of the file, the usual quantization first.

    Raises:
        UsageError: LLAMACHAT_CATALOG names something else.
    """
    return _read(Path(os.environ.get(VARIABLE) or CATALOG))


@cache
def _read(path: Path) -> tuple[Entry, ...]:
    try:
        with path.open("rb") as file:
            return tuple(_entries(tomllib.load(file)))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(path, str(error)) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise _unusable(path, f"what an entry needs is missing or wrong: {error}") from None


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is no catalogue of models: {why}.", f"Do without it: unset {VARIABLE}"
    )


def find(name: str) -> Entry | None:
    """The entry of that name, in any case; for a family its first."""
    wanted = name.casefold()
    for entry in catalog():
        if wanted in (entry.name.casefold(), entry.family.casefold()):
            return entry
    return None


def family(name: str) -> tuple[Entry, ...]:
    """All quantizations of a model; nothing where the name is no family's."""
    return tuple(entry for entry in catalog() if entry.family == name.casefold())


def unknown(name: str) -> UsageError:
    """Why there is no entry of that name, and what there is instead."""
    stem, _, ftype = name.partition(":")
    files = family(stem)
    if files and ftype:
        return UsageError(
            f"The catalogue has {files[0].title}, but not in {ftype!r}.",
            f"It has {', '.join(entry.ftype for entry in files)}.",
        )
    near = did_you_mean(stem, [entry.family for entry in catalog()])
    return UsageError(
        f"The catalogue has no model {name!r}.",
        f"{near} List them: llamachat models list".lstrip()
        + "\nAny other: llamachat models pull hf:user/repo",
    )


def by_sha256(sha256: str) -> Entry | None:
    """The entry that a file with this hash is."""
    return next((entry for entry in catalog() if entry.sha256 == sha256), None)


def _entries(table: Mapping[str, Any]) -> Iterator[Entry]:
    sources: Mapping[str, str] = table["sources"]
    for found in table["family"]:
        for file in found["file"]:
            yield Entry(
                family=found["name"],
                title=found["title"],
                ftype=file["ftype"],
                repository=found["repository"],
                revision=file.get("revision", found["revision"]),
                file=file["file"],
                size=file["size"],
                sha256=file["sha256"],
                licence=found["licence"],
                chat_form=found["chat_form"],
                shape=Shape(**found["shape"]),
                sources=tuple(sources[key] for key in file["sources"]),
                confirmations=file["confirmations"],
                suggested=found.get("suggested", False),
            )
