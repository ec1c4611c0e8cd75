"""What SOURCE and --adapter mean: a path, a model of the library, or a repository that is fetched.

Knows words and the hub; nothing of what is in the files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.cli.build.arguments import Order
from llamachat.cli.failure import say
from llamachat.errors import ModelError, UsageError
from llamachat.hardware.places import is_folder, is_there
from llamachat.models.reference import (
    CatalogName,
    HubReference,
    PathReference,
    UrlReference,
    is_repository,
    parse_reference,
)

if TYPE_CHECKING:
    from llamachat.cli.fetching import Fetcher
    from llamachat.models.hub import Hub, RemoteFile
    from llamachat.models.hub.cache import RepositoryFolder

Pick = Callable[[Collection[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """Where the files are, and what a person would call the place."""

    path: Path
    said: str
    again: str
    """the same words, with the commit that a branch had"""
    revision: str = ""


class NotHere(UsageError):
    """A dry run fetches nothing; `files` is what would be fetched."""

    def __init__(self, reference: HubReference, files: tuple[RemoteFile, ...]) -> None:
        super().__init__(f"{reference} is not on this disk yet.")
        self.files = files


def find_model(order: Order, fetcher: Callable[[Hub], Fetcher]) -> Found:
    """The original weights, fetched if they are on the hub.

    Raises:
        UsageError: it is nothing that could be built from.
        DownloadError: it cannot be had.
    """
    from llamachat.build.sources.repository import files_of_model

    what = "weights that llamachat builds from (safetensors, pytorch_model.bin or consolidated.pth)"
    return _found(order.source, order, fetcher, files_of_model, what)


def find_adapter(order: Order, fetcher: Callable[[Hub], Fetcher]) -> Found:
    """The adapter's folder, fetched if it is on the hub."""
    from llamachat.build.sources.repository import files_of_adapter

    found = _found(order.adapter, order, fetcher, files_of_adapter, "LoRA adapter of PEFT's")
    if not is_folder(found.path):
        there = "is no folder" if is_there(found.path) else "is not there"
        raise ModelError(
            f"{found.path} {there}; an adapter is a folder with adapter_config.json.",
            "Give the folder that PEFT saved.",
        )
    return found


def _found(
    text: str, order: Order, fetcher: Callable[[Hub], Fetcher], pick: Pick, what: str
) -> Found:
    if _looks_like_path(text):
        raise ModelError(
            f"There is no {text}.",
            f"Give a folder or a file that is there; for the hub: hf:{text}",
        )
    reference = parse_reference(text)
    match reference:
        case PathReference():
            return _here(reference.path)
        case CatalogName():
            return _of_library(reference.name)
        case UrlReference():
            raise UsageError(
                f"{text} is an address, and a model has many files.",
                "Fetch them into a folder, or name a repository of the hub: user/repo",
            )
    return _Fetching(reference, order, fetcher, pick, what).run()


def _looks_like_path(text: str) -> bool:
    """`folder/name` could be of the hub, but the folder is here."""
    return is_repository(text) and is_folder(Path(text).parent) and not is_there(text)


def _of_library(name: str) -> Found:
    """An f16 file that is installed, by its name."""
    from llamachat.models.library import find_model

    model = find_model(name)
    if model is None:
        raise ModelError(
            f"There is no file, folder or model {name!r}.",
            "Give a folder, a file, a model of the library, or user/repo of the hub.",
        )
    return _here(model.path)


def _here(path: Path) -> Found:
    said = str(path.absolute())
    return Found(path, said, said)


@dataclass(frozen=True, slots=True)
class _Fetching:
    """One repository of the hub."""

    reference: HubReference
    order: Order
    fetcher: Callable[[Hub], Fetcher]
    pick: Pick
    what: str

    def run(self) -> Found:
        from llamachat.models.hub import Hub

        hub = Hub.from_environment(token=self.order.hf_token, offline=self.order.offline)
        one_file = bool(self.reference.file or self.reference.quant)
        if hub.offline and not one_file:
            return self._cached(hub)
        if hub.offline and (path := self.fetcher(hub).local(self.reference)):
            return self._place(path, self._folder(hub).commit(self.reference.revision) or "")
        files = self._files(hub, one_file)
        from llamachat.cli.models.announcing import facts_of, summary

        announced = [facts_of(file, hub) for file in files]
        if not all(facts["complete"] for facts in announced):
            if self.order.dry_run:
                raise NotHere(self.reference, files)
            weights = max(announced, key=lambda facts: int(facts["size"]))
            say(summary([weights, *(facts for facts in announced if facts is not weights)]))
        first = self.fetcher(hub).fetch(files)
        return self._place(first if one_file else first.parent, files[0].revision)

    def _files(self, hub: Hub, one_file: bool) -> tuple[RemoteFile, ...]:
        from llamachat.models.hub import resolve, resolve_files

        if one_file:  # a GGUF of floats, perhaps in parts
            return resolve(self.reference, hub)
        return resolve_files(self.reference, partial(self._picked, hub), hub)

    def _picked(self, hub: Hub, names: Collection[str]) -> tuple[str, ...]:
        repo = self.reference.repo
        if found := self.pick(names):
            return found
        hint = f"Its files: {hub.page(repo)}/tree/main"
        if "adapter_config.json" in names:
            hint = f"It is an adapter; give its base model, and --adapter {repo}"
        elif any(name.endswith(".gguf") for name in names):
            hint = f"It has models that are built: llamachat models pull {repo}"
        raise ModelError(f"{repo} has no {self.what}.", hint)

    def _cached(self, hub: Hub) -> Found:
        """What an earlier build fetched."""
        from llamachat.models.hub.errors import offline

        folder = self._folder(hub)
        commit = folder.commit(self.reference.revision)
        snapshot = folder.snapshots / commit if commit else None
        if snapshot is None or not snapshot.is_dir():
            raise offline(self.reference)
        if not self.pick([path.name for path in snapshot.iterdir() if path.is_file()]):
            raise offline(self.reference)
        return self._place(snapshot, snapshot.name)

    def _place(self, path: Path, revision: str) -> Found:
        again = replace(self.reference, revision=revision) if revision else self.reference
        return Found(path, str(self.reference), str(again), revision)

    def _folder(self, hub: Hub) -> RepositoryFolder:
        from llamachat.models.hub.cache import RepositoryFolder

        return RepositoryFolder(hub.cache, self.reference.repo)
