"""What the name of a model says of it: "org/Llama-3-8B-Instruct" is by org, has 8B, is a finetune.

The rules are those of gguf-py, so that the same name leads to the same metadata. Knows nothing of
files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_NAME = 512
"""characters: no folder and no repository has a longer name"""

_VERSION = re.compile(r"(v|iter)?\d+([.]\d+)*", re.IGNORECASE)
_TYPE = re.compile(r"i?q\d(_\w)*|b?fp?(16|32)", re.IGNORECASE)
_SIZE = re.compile(
    r"(([A]|\d+[x])?\d+([._]\d+)?[KMBT][\d]?|small|mini|medium|large|x?xl)", re.IGNORECASE
)
_FINETUNE = re.compile(r"chat|instruct|vision|lora", re.IGNORECASE)
_NO_TITLE = re.compile(r"(v\d+(?:\.\d+)*|\d.*)")


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a name could be taken apart into; None where it does not say."""

    name: str | None = None
    organization: str | None = None
    basename: str | None = None
    finetune: str | None = None
    version: str | None = None
    size_label: str | None = None


@dataclass(slots=True)
class _Word:
    text: str
    roles: set[str]


def name_parts(model_id: str, n_weights: int) -> NameParts:
    """Take apart a folder's name or an id of the hub; a sentence is a name and nothing more."""
    model_id = model_id[:MAX_NAME]
    if " " in model_id:
        return NameParts(model_id)
    organization, slash, name = model_id.partition("/")
    if not slash:
        organization, name = "", model_id
    by = organization if slash and not organization.startswith(".") else None
    words = [_Word(word, set()) for word in name.split("-") if word]
    for place, word in enumerate(words):
        _annotate(word, place == 0, n_weights)
    _drop_words_for_sizes(words)
    _find_basename(words)
    size = "-".join(dict.fromkeys(word.text for word in words if "size" in word.roles)) or None
    finetune = _joined(words, "finetune")
    versions = [word for word in words if "basename" not in word.roles]
    version = _joined(versions, "version")
    basename = _joined(words, "basename")
    if size is None and finetune is None and version is None:
        basename = None  # too ambiguous
    return NameParts(name, by, basename, finetune, version, size)


def title(name: str) -> str:
    """In words that begin with a capital, but for versions and what has capitals already."""
    words = name.strip().replace("-", " ").split()
    return " ".join(
        word.title() if word.islower() and not _NO_TITLE.fullmatch(word) else word for word in words
    )


def size_label(n_weights: int) -> str:
    """At least two digits: 6.7B, 260K."""
    scales = ((1e12, 1e-12, "T"), (1e9, 1e-9, "B"), (1e6, 1e-6, "M"), (-1, 1e-3, "K"))
    factor, suffix = next(scale[1:] for scale in scales if n_weights > scale[0])
    scaled = n_weights * factor
    decimals = max(2 - len(str(round(scaled)).lstrip("0")), 0)
    return f"{scaled:.{decimals}f}{suffix}"


def _joined(words: list[_Word], role: str) -> str | None:
    return "-".join(word.text for word in words if role in word.roles) or None


def _annotate(word: _Word, is_first: bool, n_weights: int) -> None:
    if _VERSION.fullmatch(word.text):
        word.roles.add("version")
    elif _TYPE.fullmatch(word.text):
        word.roles.add("type")
        word.text = word.text.upper()
    elif not is_first and _SIZE.fullmatch(word.text):
        _annotate_size(word, n_weights)
    elif not is_first and _FINETUNE.fullmatch(word.text):
        word.roles.add("finetune")


def _annotate_size(word: _Word, n_weights: int) -> None:
    """A size far from that of the model is the length of a context, which is of a finetune."""
    text = word.text.replace("_", ".")
    if text[-1].isdecimal():  # bloom-7b1
        text = f"{text[:-2]}.{text[-1]}{text[-2]}"
    if len(text) > 1 and text[-2].isdecimal() and text[-1] in "kmbt":
        text = text[:-1] + text[-1].upper()
    if n_weights and _is_far(text, n_weights):
        word.roles.add("finetune")
        text = text[:-1] + text[-1].lower()
    if not word.roles:
        word.roles.add("size")
    word.text = text


def _is_far(text: str, n_weights: int) -> bool:
    try:
        said = float(text[:-1]) * 1000.0 ** " KMBT".find(text[-1])
    except ValueError:  # "small"
        return False
    return abs(said - n_weights) > 7 * n_weights // 8


def _drop_words_for_sizes(words: list[_Word]) -> None:
    """ "mini" is a size only where no number is."""
    sizes = [word for word in words if "size" in word.roles]
    if any(char.isdecimal() for word in sizes for char in word.text):
        for word in sizes:
            if word.text.isalpha():
                word.roles.discard("size")


def _find_basename(words: list[_Word]) -> None:
    """The words before the first that means something else; a version at the end is a version."""
    at_start = True
    for word in words:
        if at_start and ((not word.roles and word.text[0].isalpha()) or "version" in word.roles):
            word.roles.add("basename")
            continue
        at_start = False
        if not word.roles:
            word.roles.add("finetune")
    for word in reversed(words):
        if "basename" not in word.roles or len(word.roles) == 1:
            break
        word.roles.discard("basename")
