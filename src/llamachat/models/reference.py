"""What a person types to name a model: a name, a hub repository, an address or a file.

    mistral-7b-instruct                     a name of the catalogue, or of an installed model
    hf:user/repo, user/repo:Q4_0            a repository; the quantization may follow a colon
    hf:user/repo@v1.0:Q4_0                  … at a branch, tag or commit
    hf:user/repo/file.gguf                  one file of it
    https://huggingface.co/user/repo/…      the same, as copied from a browser
    https://example.org/model.gguf          any other address
    ./model.gguf, folder/model.gguf         a file on this disk

Knows only spelling: nothing is looked up, except whether `user/repo` is a path that exists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from llamachat.errors import UsageError
from llamachat.hardware.places import expanded

MAIN = "main"
HUB_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_REPOSITORY = re.compile(rf"{_WORD}/{_WORD}")
_QUANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_REVISION = re.compile(r"[\w][\w./+-]{0,199}")
_SHAPES = "It is hf:user/repo, hf:user/repo:Q4_K_M or hf:user/repo/file.gguf."


@dataclass(frozen=True, slots=True)
class CatalogName:
    """A word: an entry of the catalogue or an installed model."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class HubReference:
    """A model in a repository of the hub: one file, or the one of a quantization."""

    repo: str
    quant: str = ""
    """empty: the usual one"""
    file: str = ""
    """its path in the repository; it makes the quantization superfluous"""
    revision: str = MAIN
    sha256: str = ""
    """what the file must have, where the caller knows it from elsewhere"""

    def __str__(self) -> str:
        revision = "" if self.revision == MAIN else f"@{self.revision}"
        rest = f"/{self.file}" if self.file else f":{self.quant}" if self.quant else ""
        return f"hf:{self.repo}{revision}{rest}"


@dataclass(frozen=True, slots=True)
class UrlReference:
    """A file at an address that is no hub's."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class PathReference:
    """A file on this disk, whether or not it is there."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


Reference = CatalogName | HubReference | UrlReference | PathReference


def parse_reference(text: str, environ: Mapping[str, str] | None = None) -> Reference:
    """What `text` names.

    Raises:
        UsageError: it begins like a reference to the hub and is none.
    """
    word = text.strip()
    if not word:
        raise UsageError("No model was named.", "List them: llamachat models list")
    if word.startswith(("http://", "https://")):
        return _address(word, os.environ if environ is None else environ)
    for prefix in ("hf://", "hf:", "huggingface:"):
        if word.startswith(prefix):
            return hub_reference(word.removeprefix(prefix))
    if word.startswith(("/", "./", "../", "~")) or _exists(word):
        return PathReference(expanded(word))
    if "/" in word and not word.endswith(".gguf") and _looks_like_repository(word):
        return hub_reference(word)
    if "/" in word or word.endswith(".gguf"):
        return PathReference(Path(word))
    return CatalogName(word)


def hub_reference(text: str, *, file: str = "") -> HubReference:
    """`user/repo[@revision][:quant]` or `user/repo[@revision]/file`; `file` is that of -hff.

    Raises:
        UsageError: it is neither.
    """
    parts = text.strip().removeprefix("models/").strip("/").split("/", 2)
    if len(parts) < 2:
        raise UsageError(f"{text!r} is no repository of the hub.", _SHAPES)
    name, _, quant = parts[1].partition(":")
    name, _, revision = name.partition("@")
    path = parts[2] if len(parts) == 3 else ""
    if quant.endswith(".gguf"):
        path, quant = quant, ""
    repo = f"{parts[0]}/{name}"
    if not is_repository(repo):
        raise UsageError(f"{repo!r} cannot be a repository of the hub.", _SHAPES)
    if quant and not _QUANT.fullmatch(quant):
        raise UsageError(f"{quant!r} is no quantization.", f"{_SHAPES}")
    return HubReference(repo, quant, _file(file or path), _revision(revision or MAIN))


def is_repository(text: str) -> bool:
    """Whether the hub could have a repository of this name."""
    return (
        len(text) <= 96
        and _REPOSITORY.fullmatch(text) is not None
        and "--" not in text
        and ".." not in text
    )


def public_address(url: str) -> str:
    """Without what may be secret in it: a password, a signature."""
    split = urlsplit(url)
    return split._replace(netloc=split.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long, or with a zero byte: no path of this disk
        return False


def _looks_like_repository(word: str) -> bool:
    return is_repository(word.partition(":")[0].partition("@")[0])


def stays_inside(path: str) -> bool:
    """Whether a path from elsewhere cannot lead out of the folder that it is put into."""
    parts = path.split("/")
    return not any(part in ("", ".", "..") for part in parts) and not set(path) & {"\\", "\0"}


def _file(path: str) -> str:
    """The path of a file in a repository."""
    if path and not stays_inside(path):
        raise UsageError(f"{path!r} is no path of a file in a repository.", _SHAPES)
    return path


def _revision(name: str) -> str:
    """A branch, tag or commit."""
    if not _REVISION.fullmatch(name) or not stays_inside(name):
        raise UsageError(f"{name!r} can be no branch, tag or commit.", _SHAPES)
    return name


def _address(url: str, environ: Mapping[str, str]) -> HubReference | UrlReference:
    """A page or file of the hub, or of the one that HF_ENDPOINT names, is a reference to it."""
    split = urlsplit(url)
    ours = urlsplit(environ.get("HF_ENDPOINT", "")).netloc
    if split.netloc.lower() not in (*HUB_HOSTS, ours.lower() or HUB_HOSTS[0]):
        return UrlReference(url)
    parts = [unquote(part) for part in split.path.strip("/").split("/")]
    repo, rest = "/".join(parts[:2]), parts[2:]
    if not is_repository(repo):
        raise UsageError(f"{url} is no model of the hub.", _SHAPES)
    if rest[:1] and rest[0] in ("resolve", "blob", "raw", "tree") and len(rest) > 1:
        return HubReference(repo, file=_file("/".join(rest[2:])), revision=_revision(rest[1]))
    return HubReference(repo)
