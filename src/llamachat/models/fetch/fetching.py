"""From remote files to verified ones on this disk, one after the other.

Each is fetched under the lock of its blob, checked against the hub's SHA-256 (git's own hash where
there is none), moved to its name, linked, and remembered in a manifest. Knows nothing of what a
person typed or sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from llamachat.errors import DownloadError, LlamaChatError
from llamachat.hardware.disk import read_disk
from llamachat.models.checksum import Digest, algorithm_of, digest_file
from llamachat.models.control import Control
from llamachat.models.fetch.partial import Partial
from llamachat.models.fetch.place import Place, place_of
from llamachat.models.fetch.progress import OnProgress, Teller
from llamachat.models.fetch.transfer import Transfer
from llamachat.models.fit import gigabytes
from llamachat.models.hub.account import Hub
from llamachat.models.hub.remote import RemoteFile
from llamachat.models.manifest import find, quick_check, record
from llamachat.models.mismatch import explain
from llamachat.models.patience import Patience
from llamachat.models.whole import fault_of


def fetch(
    files: Sequence[RemoteFile],
    *,
    on_progress: OnProgress,
    control: Control,
    hub: Hub | None = None,
    patience: Patience | None = None,
    confirmed: Sequence[str] = (),
) -> Path:
    """Have all files on this disk, verified; returns the path of the first.

    Args:
        confirmed: who else says that the SHA-256 of these files is right, for the manifest.

    Raises:
        DownloadError: they cannot be had, are not what they should be, or find no room.
        Cancelled: the person wants no more; what was received is kept.
    """
    hub = hub or Hub.from_environment()
    places = [place_of(file, hub.cache) for file in files]
    check_room(files, places)
    teller = Teller(on_progress, sum(file.size for file in files))
    for number, (file, place) in enumerate(zip(files, places, strict=True), 1):
        part = f"part {number} of {len(files)}" if len(files) > 1 else ""
        teller.begin_file(file.name, part)
        _Fetching(file, place, hub, control, teller, patience or Patience(), confirmed).run()
    teller.tell("done")
    return places[0].path


def check_room(files: Sequence[RemoteFile], places: Sequence[Place]) -> None:
    """Raises DownloadError where the disk has no room for what is still missing."""
    missing = sum(_missing(file, place) for file, place in zip(files, places, strict=True))
    folder = places[0].bytes.parent
    free = read_disk(folder).free
    if missing > free:
        raise DownloadError(
            f"{files[0].name} needs {gigabytes(missing)}, and the disk of {folder} has "
            f"{gigabytes(free)} free.",
            "Make room, or keep models elsewhere: HF_HOME=/other/disk before the command.",
        )


def _missing(file: RemoteFile, place: Place) -> int:
    if place.present():
        return 0
    arrived = place.partial.stat().st_size if place.partial.is_file() else 0
    return max(file.size - arrived, 0)


@dataclass(frozen=True, slots=True)
class _Fetching:
    """One file, from wherever it is to its place."""

    file: RemoteFile
    place: Place
    hub: Hub
    control: Control
    teller: Teller
    patience: Patience
    confirmed: Sequence[str]

    def run(self) -> None:
        if not self._remembered():
            with self.place.locked(self._waiting):
                if not self._remembered() and not self._hashed():
                    self._receive()
                self.place.show()
        self.place.show()
        self.teller.at(self.file.size or self.place.path.stat().st_size)

    # what is there already

    def _remembered(self) -> bool:
        """A manifest says that the bytes are here and right."""
        existing = self.place.present()
        if existing is None:
            return False
        try:
            manifest = find(existing)
        except LlamaChatError:  # a damaged manifest says nothing; the hash will
            return False
        if manifest is None or quick_check(manifest) is not None:
            return False
        if self.file.sha256 is None:
            return manifest.source == self.file.source
        return manifest.sha256 == self.file.sha256

    def _hashed(self) -> bool:
        """Another program put the right bytes here."""
        existing = self.place.present()
        if existing is None or not self.file.blob:
            return False
        expected = self.file.sha256 or self.file.blob
        algorithm = algorithm_of(expected)
        found = digest_file(existing, algorithm, lambda done, total: self._checking(done))
        if found.hex != expected:
            return False
        self._remember(found.hex if self.file.sha256 else digest_file(existing).hex)
        return True

    # what comes from elsewhere

    def _receive(self) -> None:
        with Partial(self.place.partial) as partial:
            partial.recall(self.file.size, self._checking)
            self.teller.at(partial.done)
            self._transfer(partial)
            if partial.resumed and self._fault(partial):
                # pieces of several transfers, one of them wrong: which one nobody knows
                self.teller.tell("retrying", "its checksum was wrong; from the beginning")
                partial.restart()
                self.teller.at(0)
                self._transfer(partial)
            if fault := self._fault(partial):
                partial.discard()
                raise fault
            self.teller.tell("checking")  # and on the disk, which may take seconds
            partial.sync()
            self.place.finish()
            sha256 = partial.sha256
        self.place.show()
        self._remember(sha256)

    def _transfer(self, partial: Partial) -> None:
        Transfer(
            self.file, partial, self._headers(), self.control, self.teller, self.patience,
            size=self.file.size,
        ).run()  # fmt: skip

    def _headers(self) -> Mapping[str, str]:
        """The token is for the hub; any other server learns only who asks."""
        ours = self.hub.headers()
        return ours if self.file.repo else {"user-agent": ours["user-agent"]}

    def _fault(self, partial: Partial) -> DownloadError | None:
        """What is wrong with the received bytes."""
        expected = self.file.sha256 or self.file.blob
        if not expected:
            cause = fault_of(partial.path)
            return DownloadError(f"{self.file.name} {cause}.", self.file.source) if cause else None
        got = partial.sha256 if self.file.sha256 else partial.git_sha1()
        if got == expected:
            return None
        found = explain(partial.path, expected, Digest(got, partial.done, 0), size=self.file.size)
        host = urlsplit(self.file.url).netloc
        return DownloadError(
            f"What {host} sent for {self.file.name} {found.cause}. Its {found.algorithm} should "
            f"be {expected} and is {got}; it was thrown away.",
            "Try again later, or from another network." if "damaged" in found.cause
            else found.remedy,
        )  # fmt: skip

    def _remember(self, sha256: str) -> None:
        hub = [urlsplit(self.hub.endpoint).netloc] if self.file.sha256 and self.file.repo else []
        record(
            self.place.path,
            sha256=sha256,
            source=self.file.source,
            revision=self.file.revision,
            confirmed=(*hub, *self.confirmed),
        )

    # meanwhile

    def _checking(self, done: int) -> None:
        self.control.check()
        self.teller.tell("checking", done=done)

    def _waiting(self) -> None:
        self.control.check()
        partial = self.place.partial
        done = partial.stat().st_size if partial.is_file() else 0
        self.teller.tell("waiting", "another program is fetching it", done=done)
