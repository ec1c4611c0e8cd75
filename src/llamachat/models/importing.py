"""A model of this disk taken into the library: where it lies, as a copy, or out of a llamafile.

It is hashed, held against every checksum known of it, and remembered in a manifest; a file that is
no whole GGUF, or not the one a list beside it says, is refused. A split model is taken in with all
its parts. Knows nothing of downloads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from llamachat.errors import LlamaChatError, ModelError, UsageError
from llamachat.gguf.reader import read_header
from llamachat.hardware.places import expanded
from llamachat.models.checksum import Digest, OnProgress, algorithm_of, digest_file
from llamachat.models.copying import Span, copy_hashed
from llamachat.models.expected import Expectations
from llamachat.models.known import known_by_digest
from llamachat.models.llamafile import is_container, packed_model
from llamachat.models.manifest import Manifest, record
from llamachat.models.mismatch import explain
from llamachat.models.names import check_name, usual_name
from llamachat.models.parts import model_stem, parts_of
from llamachat.paths import data_dir

How = Literal["link", "copy"]
"""link: the file stays where it is and the library points to it"""
OnFile = Callable[[Path], OnProgress]
KNOWN = "the list of known files"


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file that may be remembered now."""

    place: Path
    sha256: str
    source: str
    confirmed: tuple[str, ...] = ()


def import_folder() -> Path:
    """Where copies are kept."""
    return data_dir() / "imported"


def import_model(
    path: Path,
    *,
    name: str = "",
    how: How | None = None,
    on_file: OnFile | None = None,
) -> Manifest:
    """Take the model at `path` into the library; returns the manifest of its (first) file.

    Args:
        name: in the library; else it is the file's.
        how: "link" unless it lies in a llamafile, which can only be copied from.
        on_file: makes the callback for the progress of one file.

    Raises:
        ModelError, DownloadError, UsageError: it is no model, not the right one, or the name is
            taken; nothing is changed then.
    """
    path = expanded(path).absolute()
    packed = packed_model(path) if path.is_file() and is_container(path) else None
    if packed and how == "link":
        raise UsageError(
            f"{path} holds a model inside a program, which can not be used where it is.",
            "Import it without --link: the model is taken out.",
        )
    parts = parts_of(path)
    name = name or usual_name(Path(packed.name).stem if packed else model_stem(path))
    check_name(name, parts)
    if packed:
        target = _target(f"{name}.gguf")
        span = Span(path, packed.offset, packed.size, packed.crc32)
        progress = on_file(path) if on_file else None
        digest = copy_hashed(span, target, check=_whole(packed.name), on_progress=progress)
        return _record(_Taken(target, digest, f"{packed.name} in {path}"), name)
    taken = _take_all(parts, name, how or "link", on_file)
    return [_record(one, name) for one in taken][0]  # noqa: RUF015  all are recorded


def _take_all(parts: Sequence[Path], name: str, how: How, on_file: OnFile | None) -> list[_Taken]:
    """All parts or none."""
    for part in parts:
        read_header(part, arrays=False)
    taken: list[_Taken] = []
    try:
        for part in parts:
            copied = part.name.replace(model_stem(part), name, 1)
            taken.append(_take(part, part if how == "link" else _target(copied), on_file))
    except BaseException:
        for one in taken:
            if one.place not in parts:
                one.place.unlink()
        raise
    return taken


def _take(path: Path, place: Path, on_file: OnFile | None) -> _Taken:
    """One file: hashed where it is, or while it is copied; then asked whether it is right."""
    progress = on_file(path) if on_file else None
    if place == path:
        digest = digest_file(path, "sha256", progress)
        return _Taken(path, digest.hex, "", _confirmed(path, digest))
    size = path.stat().st_size
    copied = copy_hashed(Span(path, 0, size), place, check=_whole(path.name), on_progress=progress)
    try:
        return _Taken(place, copied, str(path), _confirmed(path, Digest(copied, size, 0)))
    except LlamaChatError:
        place.unlink()
        raise


def _confirmed(path: Path, digest: Digest) -> tuple[str, ...]:
    """Who says that this is the right SHA-256.

    Raises:
        DownloadError: somebody says otherwise.
    """
    confirmed: list[str] = []
    for voice in Expectations(remembered=False).of_file(path):
        algorithm = algorithm_of(voice.digest)
        got = digest if algorithm == "sha256" else digest_file(path, algorithm)
        if got.hex != voice.digest:
            raise explain(path, voice.digest, got, size=voice.size, again=voice.again).error()
        confirmed += voice.said_by
    return tuple(confirmed)


def _record(taken: _Taken, name: str) -> Manifest:
    """Remember it; what was known of the same bytes before is kept."""
    known = known_by_digest(taken.sha256)
    confirmed = (*taken.confirmed, KNOWN) if known else taken.confirmed
    source = taken.source
    if known and not source and "/" in known.of:
        source = f"hf:{known.of}/{known.file}"
    return record(taken.place, sha256=taken.sha256, name=name, source=source, confirmed=confirmed)


def _target(file: str) -> Path:
    target = import_folder() / file
    if target.exists():
        raise UsageError(f"{target} is there already.", "Choose another name with --name NAME.")
    return target


def _whole(name: str) -> Callable[[Path], None]:
    """A check that the written file is a model; it is called by its own name."""

    def check(partial: Path) -> None:
        try:
            read_header(partial, arrays=False)
        except ModelError as error:
            raise ModelError(error.message.replace(str(partial), name), error.hint) from None

    return check
