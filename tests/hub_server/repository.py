"""Repositories as the hub keeps them: commits of files, branches, who may read, and their JSON.

Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Access = Literal["open", "gated", "private"]


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a file."""

    data: bytes
    lfs: bool = True
    xet: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def git(self) -> str:
        """Git's name for what it keeps: the content, or the pointer to it."""
        return hashlib.sha1(b"blob %d\0" % len(self.kept) + self.kept).hexdigest()

    @property
    def kept(self) -> bytes:
        return self.pointer if self.lfs else self.data

    @property
    def pointer(self) -> bytes:
        return (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\n"
            f"size {len(self.data)}\n"
        ).encode()

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.git

    @property
    def xet_hash(self) -> str:
        return hashlib.sha256(b"xet" + self.data).hexdigest()


@dataclass(slots=True)
class Repository:
    """All commits of one model."""

    name: str
    access: Access = "open"
    commits: dict[str, dict[str, Stored]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def commit(self, files: Mapping[str, Stored], branch: str) -> str:
        """A new head of the branch, with these files and no others."""
        names = "".join(f"{name}\0{stored.etag}\0" for name, stored in sorted(files.items()))
        seed = f"{self.name}{branch}{len(self.commits)}{names}"
        commit = hashlib.sha1(seed.encode()).hexdigest()
        self.commits[commit] = dict(files)
        self.branches[branch] = commit
        return commit

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch or a commit's beginning means."""
        if revision in self.branches:
            return self.branches[revision]
        return next((c for c in self.commits if len(revision) > 6 and c.startswith(revision)), None)

    def info(self, commit: str, *, blobs: bool) -> dict[str, Any]:
        """What api/models/… answers."""
        files = self.commits[commit]
        return {
            "_id": "0" * 24,
            "id": self.name,
            "modelId": self.name,
            "author": self.name.split("/")[0],
            "sha": commit,
            "private": self.access == "private",
            "gated": "manual" if self.access == "gated" else False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": ["gguf"],
            "siblings": [_sibling(name, files[name], blobs) for name in sorted(files)],
        }

    def tree(self, commit: str, only: frozenset[str] | None = None) -> list[dict[str, Any]]:
        """What api/models/…/tree and paths-info answer."""
        files = self.commits[commit]
        return [_leaf(name, files[name]) for name in sorted(files) if only is None or name in only]


def _sibling(name: str, stored: Stored, blobs: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"rfilename": name}
    if blobs:
        found |= {"size": len(stored.data), "blobId": stored.git}
        if stored.lfs:
            size = len(stored.pointer)
            found["lfs"] = {
                "sha256": stored.sha256, "size": len(stored.data), "pointerSize": size,
            }  # fmt: skip
    return found


def _leaf(name: str, stored: Stored) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "file", "path": name, "oid": stored.git, "size": len(stored.data),
    }  # fmt: skip
    if stored.lfs:
        size = len(stored.pointer)
        found["lfs"] = {"oid": stored.sha256, "size": len(stored.data), "pointerSize": size}
    if stored.xet:
        found["xetHash"] = stored.xet_hash
    return found
