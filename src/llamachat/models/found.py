"""The GGUF files that lie where people and programs keep them, and what each one is.

A search looks at a bounded number of folder entries, to a bounded depth, and follows no folder
twice. Knows nothing of catalogues, downloads or screens.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from llamachat.errors import ModelError
from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.reader import read_header
from llamachat.models.fit import need_of
from llamachat.models.need import Need

MAX_ENTRIES = 20_000
"""of folders, in one search"""
MAX_DEPTH = 5
"""the Hugging Face cache keeps files in hub/models--org--name/snapshots/revision/"""
MAX_MODELS = 200


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that can be loaded."""

    path: Path
    name: str
    ftype: str
    size: int
    """bytes of the file"""
    need: Need


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to look in; with depth 1 none below it."""

    folder: Path
    depth: int = MAX_DEPTH


def describe(path: Path) -> ModelFile:
    """What the file at `path` is, from its header.

    Raises:
        ModelError: it is missing, damaged or no model to talk to.
    """
    header = read_header(path, arrays=False)
    if not header.tensors or header.architecture == "clip":
        what = "an image encoder" if header.tensors else "a vocabulary without weights"
        raise ModelError(f"{path} is {what}, not a model to talk to.", "Choose another file.")
    size = sum(part.stat().st_size for part in _parts(header))
    need = replace(need_of(header), weights=size - header.data_offset)
    return ModelFile(path, header.name, _short(header), size, need)


def _parts(header: GGUFHeader) -> list[Path]:
    """The file itself, or all present files of a split model."""
    if header.split is None:
        return [header.path]
    pattern = f"{header.path.name.split('-of-')[0][:-5]}*-of-*.gguf"
    return sorted(header.path.parent.glob(pattern)) or [header.path]


def _short(header: GGUFHeader) -> str:
    """The file type without llama.cpp's long words: Q4_K - Medium is Q4_K."""
    return header.ftype.removeprefix("(guessed) ").removeprefix("all ").split(" - ")[0]


def usual_places(environ: Mapping[str, str] | None = None) -> tuple[Place, ...]:
    """Where GGUF files are likely: here, ~/models, the caches of Hugging Face and llama.cpp,
    LM Studio's folder. Below the current folder there may be anything, so only it is read."""
    env = os.environ if environ is None else environ
    home = Path(env.get("HOME") or Path.home())
    cache = Path(env.get("XDG_CACHE_HOME") or home / ".cache")
    hub = env.get("HF_HUB_CACHE") or Path(env.get("HF_HOME") or cache / "huggingface") / "hub"
    return (
        Place(Path.cwd(), depth=1),
        Place(home / "models"),
        Place(Path(hub)),
        Place(Path(env.get("LLAMA_CACHE") or cache / "llama.cpp")),
        Place(home / ".lmstudio" / "models"),
        Place(home / ".cache" / "lm-studio" / "models"),
    )


def find_models(places: Iterable[Place]) -> Iterator[ModelFile]:
    """Every model in these places, each file once; what is no model is passed over."""
    seen: set[Path] = set()
    budget = _Budget(MAX_ENTRIES)
    for place in places:
        for path in _ggufs(place.folder, place.depth, budget):
            real = path.resolve()
            if real in seen or len(seen) >= MAX_MODELS:
                continue
            seen.add(real)
            try:
                found = describe(path)
            except ModelError:  # listed nowhere; a path typed by hand gets the reason
                continue
            yield found


@dataclass(slots=True)
class _Budget:
    left: int


def _ggufs(folder: Path, depth: int, budget: _Budget) -> Iterator[Path]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(_take(scan, budget), key=lambda entry: entry.name)
    except OSError:  # absent or closed to us: nothing to find
        return
    for entry in entries:
        if entry.name.lower().endswith(".gguf") and _first_part(entry.name) and entry.is_file():
            yield Path(entry.path)
        elif depth > 1 and entry.is_dir(follow_symlinks=False):
            yield from _ggufs(Path(entry.path), depth - 1, budget)


def _take(scan: Iterable[os.DirEntry[str]], budget: _Budget) -> Iterator[os.DirEntry[str]]:
    for entry in scan:
        if budget.left <= 0:
            return
        budget.left -= 1
        yield entry


def _first_part(name: str) -> bool:
    """A split model (…-00002-of-00003.gguf) is opened by its first file."""
    stem = name[: -len(".gguf")]
    return "-of-" not in stem or stem.split("-of-")[0].endswith("00001")
