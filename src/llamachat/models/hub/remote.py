"""What the hub says of the files of a model: commit, size, SHA-256, and the name of the blob.

huggingface_hub asks; two sources must agree (the repository's listing and the headers of the file),
and the hash that the caller knows from elsewhere too. Xet-backed files need nothing special: their
address serves the bytes. Knows nothing of transfers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from llamachat.errors import DownloadError, ModelError, UsageError
from llamachat.models.control import Control
from llamachat.models.hub.account import Hub
from llamachat.models.hub.choice import choose, models, quants
from llamachat.models.hub.errors import explained, no_hub, offline
from llamachat.models.nearest import did_you_mean
from llamachat.models.patience import Patience
from llamachat.models.reference import MAIN, HubReference, public_address, stays_inside

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo, RepoSibling

T = TypeVar("T")

ANSWER_WITHIN = 15.0
"""seconds"""
ASKING = Patience(tries=3)
"""a person waits for the answer, and nothing is lost by trying again later"""
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""statuses that may be gone a moment later"""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOB = re.compile(r"[0-9a-zA-Z][0-9a-zA-Z._-]{0,127}")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as the hub describes it; or any address, then without repository."""

    repo: str
    revision: str
    """the commit"""
    path: str
    """in the repository"""
    url: str
    size: int
    """0 where unknown"""
    sha256: str | None
    """None for what is kept in git itself, whose blob name is git's hash"""
    etag: str
    blob: str
    """its name in the cache"""
    ref: str = ""
    """the branch or tag that was asked for; empty for a commit"""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def source(self) -> str:
        """Where it comes from, for a person and for the manifest."""
        return f"hf:{self.repo}/{self.path}" if self.repo else public_address(self.url)


def resolve(
    reference: HubReference,
    hub: Hub | None = None,
    *,
    control: Control | None = None,
    patience: Patience | None = None,
) -> tuple[RemoteFile, ...]:
    """All files of the model that is meant, in order.

    Raises:
        DownloadError: the hub cannot be reached, or refuses.
        UsageError: there is no such repository, revision, file or quantization.
        ModelError: the repository holds no GGUF file.
    """
    hub = hub or Hub.from_environment()
    files = resolve_files(
        reference,
        lambda names: _chosen(names, reference, hub),
        hub,
        control=control,
        patience=patience,
    )
    if reference.sha256 and files[0].sha256 != reference.sha256:
        raise DownloadError(
            f"{files[0].source} is not the file that is known: the hub gives its SHA-256 as "
            f"{files[0].sha256}, expected was {reference.sha256}.",
            f"It may have been replaced; its history: {hub.page(reference.repo)}/commits/main",
        )
    return files


def resolve_files(
    reference: HubReference,
    pick: Callable[[Collection[str]], Sequence[str]],
    hub: Hub,
    *,
    control: Control | None = None,
    patience: Patience | None = None,
) -> tuple[RemoteFile, ...]:
    """Those files of a repository that `pick` chooses by their names, in its order.

    Raises:
        DownloadError: the hub cannot be reached, or refuses.
        UsageError: there is no such repository or revision.
    """
    if hub.offline:
        raise offline(reference)
    asking = _Asking(reference, hub, control or Control(), patience or ASKING)
    info = asking.listing()
    listed = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    names = pick(listed)
    if not _COMMIT.fullmatch(info.sha or "") or not all(map(stays_inside, names)):
        raise no_hub(hub)  # what it says becomes paths on this disk
    return tuple(asking.file(str(info.sha), listed[name]) for name in names)


@dataclass(frozen=True, slots=True)
class _Asking:
    """The questions about one reference."""

    reference: HubReference
    hub: Hub
    control: Control
    patience: Patience

    def listing(self) -> ModelInfo:
        api = self.hub.api()
        revision = None if self.reference.revision == MAIN else self.reference.revision
        return self._patiently(
            lambda: api.model_info(
                self.reference.repo,
                revision=revision,
                files_metadata=True,
                timeout=ANSWER_WITHIN,
            )
        )

    def file(self, commit: str, sibling: RepoSibling) -> RemoteFile:
        """The file at that commit, from its listing and its headers."""
        api, path = self.hub.api(), sibling.rfilename
        url = _url(api, self.reference.repo, path, commit)
        found = self._patiently(lambda: api.get_hf_file_metadata(url=url, timeout=ANSWER_WITHIN))
        sha256 = sibling.lfs.sha256 if sibling.lfs else None
        size = sibling.lfs.size if sibling.lfs else sibling.size
        etag = found.etag or ""
        agree = found.size in (None, size) and (sha256 is None or etag == sha256)
        if size is None or not agree or not _BLOB.fullmatch(etag):
            raise DownloadError(
                f"The hub contradicts itself about {path}: {size} bytes and {sha256} in its "
                f"listing, {found.size} and {etag} in the file's headers.",
                "Try again later; it may be changing just now.",
            )
        if sha256 is not None and not _SHA256.fullmatch(sha256):
            raise DownloadError(f"The hub's SHA-256 of {path} is none: {sha256!r}.")
        ref = "" if self.reference.revision == commit else self.reference.revision
        return RemoteFile(self.reference.repo, commit, path, url, size, sha256, etag, etag, ref)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask again for as long as what goes wrong may pass."""
        import httpx2
        from huggingface_hub.errors import HfHubHTTPError

        waits = self.patience.waits()
        while True:
            self.control.check()
            try:
                return ask()
            except Exception as error:
                wait: float | None = None
                if isinstance(error, HfHubHTTPError):
                    if error.response.status_code in PASSING:
                        wait = waits.next(error.response.headers.get("Retry-After"))
                elif isinstance(error, httpx2.TransportError):
                    wait = waits.next()
                if wait is not None:
                    self.control.wait(wait)
                    continue
                reason = explained(error, self.reference, self.hub)
                if reason is None:
                    raise
                raise reason from error


def _url(api: HfApi, repo: str, path: str, commit: str) -> str:
    from huggingface_hub import hf_hub_url

    return hf_hub_url(repo, path, revision=commit, endpoint=api.endpoint)


def _chosen(listed: Collection[str], reference: HubReference, hub: Hub) -> tuple[str, ...]:
    """The names of the files that are meant."""
    names = choose(listed, reference)
    if names:
        return names
    page = f"{hub.page(reference.repo)}/tree/main"
    if not models(listed):
        raise ModelError(
            f"{reference.repo} holds no GGUF file.",
            f"Repositories with GGUF in their name do. Its files: {page}",
        )
    if reference.file:
        near = did_you_mean(reference.file, models(listed))
        raise UsageError(
            f"{reference.repo} has no file {reference.file!r}, or not all parts of it.",
            f"{near} Its files: {page}".lstrip(),
        )
    there = quants(listed)
    raise UsageError(
        f"{reference.repo} has no model in {reference.quant or 'one piece'}, or not all its parts.",
        f"It has {', '.join(there[:16])}." if there else f"Its files: {page}",
    )
