"""The hub cache on this disk, shared with every program that uses Hugging Face's client.

    hub/models--user--repo/blobs/<sha256>                        the bytes
    hub/models--user--repo/snapshots/<commit>/file.gguf          a relative link to them
    hub/models--user--repo/refs/main                             the commit of a branch
    hub/.locks/models--user--repo/<sha256>.lock                  held while a blob is written

Says where things are and finds what is there, without importing huggingface_hub (0.3 s). Knows
nothing of networks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.places import expanded
from llamachat.models.hub.choice import choose
from llamachat.models.reference import HubReference

INCOMPLETE = ".llamachat.incomplete"
"""what follows a blob's name while it is being received; `hf cache prune` knows the last part"""
_COMMIT = re.compile(r"[0-9a-f]{40}")


def cache_dir(environ: Mapping[str, str] | None = None) -> Path:
    """HF_HUB_CACHE, else HF_HOME/hub, else the platform's place, as huggingface_hub has it."""
    env = os.environ if environ is None else environ
    base = env.get("XDG_CACHE_HOME", "~/.cache")
    home = env.get("HF_HOME", str(Path(base) / "huggingface"))
    fallback = env.get("HUGGINGFACE_HUB_CACHE", str(Path(home) / "hub"))
    found = env.get("HF_HUB_CACHE", fallback)
    return expanded(os.path.expandvars(found)).absolute()


def is_offline(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the variables forbid the network."""
    env = os.environ if environ is None else environ
    value = env.get("HF_HUB_OFFLINE") or env.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in ("1", "ON", "YES", "TRUE")


@dataclass(frozen=True, slots=True)
class RepositoryFolder:
    """One repository in the cache, whether or not it is there."""

    cache: Path
    repo: str

    @property
    def name(self) -> str:
        return "--".join(("models", *self.repo.split("/")))

    @property
    def path(self) -> Path:
        return self.cache / self.name

    @property
    def blobs(self) -> Path:
        return self.path / "blobs"

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    def snapshot(self, commit: str, file: str) -> Path:
        return self.snapshots.joinpath(commit, *file.split("/"))

    def ref(self, revision: str) -> Path:
        return self.path.joinpath("refs", *revision.split("/"))

    def lock(self, blob: str) -> Path:
        return self.cache / ".locks" / self.name / f"{blob}.lock"

    def commit(self, revision: str) -> str | None:
        """The commit that a branch had when it was last asked for."""
        if _COMMIT.fullmatch(revision):
            return revision
        try:
            return self.ref(revision).read_text(encoding="ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def files(self, commit: str) -> list[str]:
        """The paths of the GGUF files of a snapshot whose bytes are there."""
        root = self.snapshots / commit
        return sorted(
            path.relative_to(root).as_posix() for path in root.rglob("*.gguf") if path.is_file()
        )


def cached(reference: HubReference, cache: Path) -> tuple[Path, ...]:
    """All files of the model that `reference` means, where the cache has them; else nothing.

    Of a branch the commit counts that it had when the hub was last asked.
    """
    folder = RepositoryFolder(cache, reference.repo)
    commit = folder.commit(reference.revision)
    names = folder.files(commit) if commit else []
    if commit is None or not names:
        return ()
    chosen = choose(names, reference)
    return tuple(folder.snapshot(commit, name) for name in chosen)
