"""A model of the hub, or of any address, that is on this disk already, its bytes checked once.

Another program may have put it into the shared cache without ever hashing it: the name of the blob
is its SHA-256, so that can be made up for without a network. Asks nobody.
"""

from __future__ import annotations

import re
from pathlib import Path

from llamachat.errors import DownloadError, LlamaChatError
from llamachat.models.checksum import digest_file
from llamachat.models.control import Control
from llamachat.models.fetch.place import place_of
from llamachat.models.fetch.progress import OnProgress, Teller
from llamachat.models.hub.account import Hub
from llamachat.models.hub.cache import RepositoryFolder, cached
from llamachat.models.hub.choice import USUAL
from llamachat.models.hub.remote import RemoteFile
from llamachat.models.manifest import find, quick_check, record
from llamachat.models.reference import HubReference

_SHA256 = re.compile(r"[0-9a-f]{64}")


def local_model(
    reference: HubReference, hub: Hub, *, on_progress: OnProgress, control: Control
) -> Path | None:
    """The first file of the model, where all of it is here; None where it is not.

    Raises:
        DownloadError: the bytes are not what the cache says.
        Cancelled: the person wants no more.
    """
    paths = cached(reference, hub.cache)
    unknown = [path for path in paths if not _remembered(path)]
    teller = Teller(on_progress, sum(path.stat().st_size for path in unknown))
    for path in unknown:
        teller.begin_file(path.name, "")
        _check(path, reference, hub, teller, control)
        teller.at(path.stat().st_size)
    if unknown:
        teller.tell("done")
    return paths[0] if paths else None


def local_address(url: str, hub: Hub) -> Path | None:
    """The file that was fetched from this address, where it is still as it was verified."""
    path = place_of(RemoteFile("", "", "", url, 0, None, "", ""), hub.cache).path
    return path if path.is_file() and _remembered(path) else None


def is_certain(reference: HubReference, path: Path) -> bool:
    """Whether the hub, were it asked, would choose a file of the same name."""
    return bool(reference.quant or reference.file) or USUAL[0].lower() in path.name.lower()


def _remembered(path: Path) -> bool:
    try:
        manifest = find(path)
    except LlamaChatError:  # a damaged manifest says nothing; the hash will
        return False
    return manifest is not None and quick_check(manifest) is None


def _check(path: Path, reference: HubReference, hub: Hub, teller: Teller, control: Control) -> None:
    def checking(done: int, total: int) -> None:
        control.check()
        teller.tell("checking", done=done)

    blob = path.resolve().name
    if not _SHA256.fullmatch(blob):
        return  # the cache has no links on this file system, and so says nothing of the bytes
    found = digest_file(path, "sha256", checking).hex
    if found != blob:
        raise DownloadError(
            f"{path} is damaged: its SHA-256 should be {blob} and is {found}.",
            f"Fetch it again: llamachat models pull {reference}",
        )
    root = RepositoryFolder(hub.cache, reference.repo).snapshots
    commit, *rest = path.relative_to(root).parts
    source = f"hf:{reference.repo}/{'/'.join(rest)}"
    record(path, sha256=found, source=source, revision=commit, confirmed=("the hub cache",))
