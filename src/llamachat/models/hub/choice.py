"""Which files of a repository make the model that was asked for.

llama.cpp's rule: the first file whose name has the quantization, any case, before a dot or a dash;
without one Q4_K_M, else Q4_0, else Q8_0, else the first; all parts of a split model. Knows only
names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from llamachat.models.reference import HubReference

USUAL = ("Q4_K_M", "Q4_0", "Q8_0")
_COMPANIONS = ("mmproj", "imatrix", "mtp-", "eagle3-", "dflash-", "dspark-")
"""in the names of files that go with a model and are none"""
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf", re.IGNORECASE)
_QUANT = re.compile(
    r"(?:^|[.-])((?:UD-)?(?:I?Q\d\w*|TQ\d_\d|B?F16|F32|MXFP4\w*))(?=[.-])", re.IGNORECASE
)
MAX_PARTS = 512


def choose(names: Iterable[str], reference: HubReference) -> tuple[str, ...]:
    """The file, or all parts of it in order; nothing where there is none, or a part is missing."""
    every = list(names)
    first = _first(every, reference)
    return () if first is None else parts(first, every)


def parts(first: str, names: Iterable[str]) -> tuple[str, ...]:
    """The file itself, or all parts of the split model it belongs to; nothing if one is missing."""
    match = _PART.fullmatch(first)
    if match is None:
        return (first,)
    stem, count = match.group(1), int(match.group(3))
    if not 0 < count <= MAX_PARTS:
        return ()
    suffix = first[-len(".gguf") :]
    wanted = tuple(f"{stem}-{n:05d}-of-{count:05d}{suffix}" for n in range(1, count + 1))
    return wanted if set(wanted) <= set(names) else ()


def models(names: Iterable[str]) -> list[str]:
    """The GGUF files that are models, of split ones the first part."""
    return [name for name in names if _is_model(name) and _is_beginning(name)]


def quants(names: Iterable[str]) -> list[str]:
    """The quantizations that a repository has, as one would type them."""
    found = (_QUANT.search(name.rpartition("/")[2]) for name in models(names))
    return list(dict.fromkeys(match.group(1) for match in found if match))


def _first(names: Sequence[str], reference: HubReference) -> str | None:
    if reference.file:
        wanted = reference.file.lower()
        return next((name for name in names if name.lower() == wanted), None)
    candidates = models(names)
    for quant in (reference.quant,) if reference.quant else USUAL:
        pattern = re.compile(re.escape(quant) + "[.-]", re.IGNORECASE)
        for name in candidates:
            if pattern.search(name):
                return name
    return candidates[0] if candidates and not reference.quant else None


def _is_model(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last.endswith(".gguf") and not any(word in last for word in _COMPANIONS)


def _is_beginning(name: str) -> bool:
    match = _PART.fullmatch(name)
    return match is None or int(match.group(2)) == 1
