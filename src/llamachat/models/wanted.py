"""A model that somebody wants: of the catalogue, of the hub or at any address.

Begins as what was typed; its server is asked when it is told to, and from then on it knows its
files. The bytes are brought by `models.fetch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.errors import UsageError
from llamachat.models.catalog import Entry, unknown
from llamachat.models.control import Control
from llamachat.models.reference import (
    CatalogName,
    HubReference,
    PathReference,
    UrlReference,
    parse_reference,
    public_address,
)

if TYPE_CHECKING:
    from llamachat.models.hub import Hub, RemoteFile


@dataclass(frozen=True, slots=True)
class Wanted:
    """One model, all its files."""

    reference: HubReference | UrlReference
    entry: Entry | None = None
    """of the catalogue, where it comes from there"""
    reason: str = ""
    """why this quantization, where the name left it open"""
    hub: Hub | None = None
    """whom to ask, with which token; None as the environment says"""
    files: tuple[RemoteFile, ...] = ()
    """empty until the server was asked"""

    @property
    def words(self) -> str:
        """For a sentence."""
        if self.entry:
            return self.entry.words
        if isinstance(self.reference, UrlReference):
            return public_address(self.reference.url)
        return str(self.reference)

    @property
    def name(self) -> str:
        """What one types to get it."""
        return self.entry.name if self.entry else str(self.reference)

    @property
    def source(self) -> str:
        """Where it comes from."""
        return f"hf:{self.entry.repository}" if self.entry else self.words

    @property
    def file(self) -> str:
        """The name of the first file; empty where it is not known yet."""
        if self.files:
            return self.files[0].name
        return self.entry.file if self.entry else ""

    @property
    def size(self) -> int:
        """Bytes of all files; 0 where nobody has said it yet."""
        if self.files:
            return sum(file.size for file in self.files)
        return self.entry.size if self.entry else 0

    @property
    def sha256(self) -> str:
        """What the first file must have; empty where nobody says it."""
        if self.entry:
            return self.entry.sha256
        return (self.files[0].sha256 or "") if self.files else ""

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Who vouches for the checksum beside the server."""
        return ("the catalogue",) if self.entry else ()

    @property
    def path(self) -> Path:
        """Where the first file is or will be, once the server was asked."""
        from llamachat.models.fetch.place import place_of

        return place_of(self.files[0], self.asked_hub.cache).path

    @property
    def asked_hub(self) -> Hub:
        """The hub that is asked."""
        from llamachat.models.hub import Hub

        return self.hub or Hub.from_environment()

    def resolved(self, control: Control | None = None, *, sha256: str = "") -> Wanted:
        """The same with its files, as their server describes them; `sha256` must be the first's.

        Raises:
            DownloadError, UsageError, ModelError: as `models.hub.resolve` does.
        """
        if self.files:
            return self
        hub = self.asked_hub
        if isinstance(self.reference, UrlReference):
            from llamachat.models.fetch.address import remote_file

            found: Sequence[RemoteFile] = (
                remote_file(self.reference.url, hub, sha256=sha256 or None),
            )
        else:
            from llamachat.models.hub import resolve

            reference = replace(self.reference, sha256=sha256 or self.reference.sha256)
            found = resolve(reference, hub, control=control)
        return replace(self, files=tuple(found))


def of_entry(entry: Entry, reason: str = "") -> Wanted:
    """A model of the catalogue."""
    return Wanted(entry.reference, entry, reason)


def wanted_model(text: str, *, measure: bool = True) -> Wanted:
    """What a person means by a name of the catalogue, hf:user/repo[:quant] or an address.

    Args:
        measure: take two seconds to choose a quantization where the name leaves it open.

    Raises:
        UsageError: it is none of these.
    """
    reference = parse_reference(text)
    if isinstance(reference, PathReference):
        raise UsageError(
            f"{reference.path} is a file, and there is nothing to fetch.",
            f"Use it: llamachat -m {reference.path}",
        )
    if not isinstance(reference, CatalogName):
        return Wanted(reference)
    from llamachat.models.quantization import best_of  # 25 ms: engine and ladder

    found = best_of(reference.name, measure=measure)
    if found is None:
        raise unknown(reference.name)
    return of_entry(*found)
