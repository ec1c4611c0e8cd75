"""A model to fetch, and one who fetches it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from llamachat.models.fetch import Control, Patience, Progress, fetch
from llamachat.models.hub import Hub, RemoteFile, resolve
from llamachat.models.hub.cache import INCOMPLETE, RepositoryFolder
from llamachat.models.reference import hub_reference
from tests.hub_server import HubServer

REPO = "user/repo"
NAME = "m.Q4_0.gguf"
DATA = b"GGUF" + random.Random(5).randbytes(200_000)
QUICK = Patience(tries=4, first=0.01, stall=0.3)


@dataclass(slots=True)
class Person:
    """Fetches DATA from the server, and remembers what was told."""

    server: HubServer
    hub: Hub
    told: list[Progress] = field(default_factory=list)
    control: Control = field(default_factory=Control)
    patience: Patience = QUICK
    on_progress: Callable[[Progress], None] | None = None

    @property
    def folder(self) -> RepositoryFolder:
        return RepositoryFolder(self.hub.cache, REPO)

    @property
    def partial(self) -> Path:
        """The partial file, of which there is at most one."""
        found = list(self.folder.blobs.glob(f"*{INCOMPLETE}"))
        return found[0] if found else self.folder.blobs / "none"

    @property
    def states(self) -> list[str]:
        """Without repetitions."""
        every = [progress.state for progress in self.told]
        return [
            state for state, before in zip(every, ["", *every], strict=False) if state != before
        ]

    def files(self, reference: str = REPO) -> tuple[RemoteFile, ...]:
        return resolve(hub_reference(reference), self.hub)

    def fetch(self, files: tuple[RemoteFile, ...] | None = None) -> Path:
        return fetch(
            files or self.files(),
            on_progress=self._hear,
            control=self.control,
            hub=self.hub,
            patience=self.patience,
        )

    def _hear(self, progress: Progress) -> None:
        self.told.append(progress)
        if self.on_progress is not None:
            self.on_progress(progress)


@pytest.fixture
def person(server: HubServer, hub: Hub) -> Iterator[Person]:
    server.add(REPO, {NAME: DATA})
    yield Person(server, hub)
