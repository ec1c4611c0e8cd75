"""The models that are installed: verified files that a manifest remembers, and Bob.

A model has the name in its manifest; the names of the catalogue find it too. A file without a
manifest is not listed, whatever folder it lies in. Opens no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from llamachat.bundled import bundled_model
from llamachat.errors import LlamaChatError, ModelError
from llamachat.hardware.places import expanded, is_folder, is_there
from llamachat.models.catalog import Entry, by_sha256, catalog
from llamachat.models.manifest import Manifest, find, manifests, quick_check
from llamachat.models.nearest import did_you_mean
from llamachat.models.parts import model_stem, parts_of

LIST = "List them: llamachat models list"


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on this disk."""

    name: str
    path: Path
    """of the first file"""
    size: int
    """bytes of all files"""
    manifest: Manifest | None
    """None for Bob, who came with the program"""
    entry: Entry | None = None
    """of the catalogue, where it is one of its files"""
    changed: str = ""
    """what is different from when it was verified"""

    @property
    def names(self) -> frozenset[str]:
        """All that it is called, in small letters."""
        names = {self.name, str(self.path)}
        if self.manifest and self.manifest.source and not self.manifest.recipe:
            names.add(self.manifest.source)
        if self.entry:
            names |= {self.entry.name, self.entry.family}
        return frozenset(name.casefold() for name in names)


def installed() -> list[Installed]:
    """All of them, by name, Bob at the end; a model of which a part is missing is none."""
    found = [model for manifest in manifests() if (model := _installed(manifest))]
    bob = bundled_model()
    if bob is not None:
        found.append(Installed(bob.stem, bob, bob.stat().st_size, None))
    return found


def find_model(name: str) -> Installed | None:
    """The installed model of this name, in any case; of a family the catalogue's first, and of
    several with the same bytes the one that was fetched.

    Raises:
        ModelError: several have it.
    """
    wanted = name.casefold()
    called = [model for model in installed() if wanted in model.names]
    found = [model for model in called if model.name.casefold() == wanted] or called
    if len(found) > 1 and all(model.entry for model in found):
        order = {entry.sha256: place for place, entry in enumerate(catalog())}
        return min(
            found,
            key=lambda model: (
                order[model.entry.sha256] if model.entry else 0,
                not (model.manifest and model.manifest.revision),
            ),
        )
    if len(found) > 1:
        paths = "\n".join(f"  {quote(str(model.path))}" for model in found)
        raise ModelError(f"Several models are called {name}.", f"Give the path of one:\n{paths}")
    return found[0] if found else None


def find_adapter(name: str) -> Installed | None:
    """The adapter of this name that was built: it answers nothing, but it has a file."""
    for manifest in manifests():
        alike = manifest.name.casefold() == name.casefold()
        if alike and not is_source(manifest) and not _is_model(manifest):
            return Installed(manifest.name, manifest.path, manifest.size, manifest)
    return None


def model_file(text: str) -> Path:
    """The file that a person means by a path or by a name.

    What looks like a path is one. A folder is meant where no model is called so: it may be what
    the model was built from.

    Raises:
        ModelError: there is no model of that name.
    """
    path = expanded(text)
    folder = is_folder(path)
    if is_there(path) and not folder:
        return path
    model = find_model(text)
    if model is not None:
        return model.path
    if folder or "/" in text or text.endswith(".gguf"):
        return path  # whoever opens it says what is wrong with it
    raise ModelError(f"There is no model {text!r}.", _way_to(text))


def library_file(text: str) -> Path:
    """As `model_file`, and an adapter's by its name.

    Raises:
        ModelError: nothing is called so.
    """
    try:
        return model_file(text)
    except ModelError:
        adapter = find_adapter(text)
        if adapter is None:
            raise
        return adapter.path


def _way_to(text: str) -> str:
    for entry in catalog():
        if text.casefold() in (entry.name.casefold(), entry.family):
            return f"Get it: llamachat models pull {text}"
    known = [model.name for model in installed()]
    known += [entry.name if ":" in text else entry.family for entry in catalog()]
    return f"{did_you_mean(text, known)} {LIST}".lstrip()


def _installed(manifest: Manifest) -> Installed | None:
    """What the manifest of a first part stands for."""
    parts = parts_of(manifest.path)
    if manifest.path != parts[0] or not _is_model(manifest):
        return None
    remembered = list(_remembered(parts))
    if len(remembered) < len(parts):
        return None
    changes = [change for part in remembered if (change := quick_check(part))]
    return Installed(
        name=model_stem(manifest.path) if len(parts) > 1 and manifest.name == manifest.path.stem
        else manifest.name,
        path=manifest.path,
        size=sum(part.size for part in remembered),
        manifest=manifest,
        entry=by_sha256(manifest.sha256),
        changed=changes[0] if changes else "",
    )  # fmt: skip


def is_source(manifest: Manifest) -> bool:
    """It is a part of original weights, fetched to build from."""
    fetched = manifest.source.startswith("hf:") and not manifest.recipe
    return fetched and not manifest.source.endswith(".gguf")


def _is_model(manifest: Manifest) -> bool:
    """Adapters are remembered too, and answer nothing."""
    return not is_source(manifest) and manifest.recipe.get("kind", "model") == "model"


def _remembered(parts: tuple[Path, ...]) -> Iterator[Manifest]:
    for part in parts:
        try:
            manifest = find(part)
        except LlamaChatError:  # damaged: as good as not verified
            continue
        if manifest is not None and part.is_file():
            yield manifest
