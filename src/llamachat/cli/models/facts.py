"""What a model file says of itself, in words for people and as JSON for scripts.

Texts out of the file are cut and made printable here; long arrays are only counted. Knows headers;
nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import isfinite
from typing import Any

from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.layers import type_totals
from llamachat.gguf.meanings import meaning
from llamachat.gguf.metadata import Array, Scalar, Value
from llamachat.models.fit import gigabytes, need_of

MOST_ITEMS = 64
"""of an array that JSON gives in full"""
MOST_TEXT = 200
"""characters of a value on a page"""
CHAT_TEMPLATE = "tokenizer.chat_template"


def summary(headers: Sequence[GGUFHeader]) -> Iterator[tuple[str, str]]:
    """The few facts that one looks for first, by name; several headers are a split model."""
    first = headers[0]
    n_params = sum(header.n_params for header in headers)
    size = sum(header.file_size for header in headers)
    parts = f" in {len(headers)} files" if len(headers) > 1 else ""
    yield "file", str(first.path)
    yield "size", f"{gigabytes(size)}{parts} ({size:,} bytes)"
    yield "format", f"GGUF v{first.version}"
    yield "architecture", _architecture(first)
    yield "weights", f"{_count(n_params)}, {first.ftype}" if n_params else "none: a vocabulary only"
    trained = first.hyperparameter("context_length")
    yield "context", f"{trained:,} tokens when it was trained" if trained > 0 else ""
    yield "vocabulary", f"{first.n_vocab:,} tokens" if first.n_vocab else ""
    yield "licence", first.text("general.license")
    need = need_of(first)
    if len(headers) == 1 and need.total > 0 and headers[0].tensors:
        yield "memory", f"{gigabytes(need.total)} with {need.n_ctx:,} tokens of context"


def _architecture(header: GGUFHeader) -> str:
    numbers = (
        ("block_count", "layers"),
        ("embedding_length", "wide"),
        ("attention.head_count", "heads"),
        ("attention.head_count_kv", "KV heads"),
    )
    facts = [
        f"{value:,} {words}"
        for name, words in numbers
        if (value := header.hyperparameter(name)) > 0
    ]
    return ", ".join([header.architecture or "(not said)", *facts])


def _count(n_params: int) -> str:
    if n_params >= 1e9:
        return f"{n_params / 1e9:.2f} billion"
    return f"{n_params / 1e6:.1f} million" if n_params >= 1e6 else f"{n_params:,}"


def words(value: Value | Array) -> str:
    """A value of the metadata in one line, quoted as Python does where it is text."""
    if isinstance(value, Value):
        return _cut(_word(value.data))
    counted = f"[{value.length:,} × {value.type.name.lower()}]"
    if value.raw is None:
        return counted
    if value.length > MOST_ITEMS:
        return _cut(f"{counted} {', '.join(map(_word, islice(value, 6)))}, …")
    return _cut("[" + ", ".join(map(_word, value)) + "]")


def _word(item: Scalar) -> str:
    if isinstance(item, str):
        return repr(printable(item[: MOST_TEXT * 2]))
    return f"{item:g}" if isinstance(item, float) else str(item)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def printable(text: str) -> str:
    """Bytes that are no UTF-8 become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def metadata_json(header: GGUFHeader) -> dict[str, Any]:
    """All entries; of a long array its type and length."""
    return {printable(key): _json(value) for key, value in header.metadata.items()}


def _json(value: Value | Array) -> Any:
    if isinstance(value, Value):
        return _item(value.data)
    if value.length > MOST_ITEMS or value.raw is None:
        return {"type": value.type.name.lower(), "length": value.length}
    return [_item(item) for item in value]


def _item(item: Scalar) -> Any:
    """JSON has no word for infinity and for what is no number."""
    if isinstance(item, str):
        return printable(item)
    return str(item) if isinstance(item, float) and not isfinite(item) else item


def tensors_json(headers: Sequence[GGUFHeader]) -> list[dict[str, Any]]:
    """Every tensor of every part, in order."""
    tied = is_tied(headers)
    return [
        {
            "name": tensor.name,
            "meaning": meaning(tensor.name, tied=tied) or None,
            "shape": list(tensor.shape),
            "type": tensor.type.name,
            "bytes": tensor.n_bytes,
            "offset": header.data_offset + tensor.offset,
            "file": header.path.name,
        }
        for header in headers
        for tensor in header.tensors
    ]


def by_type_json(headers: Sequence[GGUFHeader]) -> dict[str, Any]:
    """How many tensors each type has, and their bytes; the largest share first."""
    return {
        row.type.name: {"tensors": row.n_tensors, "bytes": row.n_bytes}
        for row in type_totals(tensor for header in headers for tensor in header.tensors)
    }


def is_tied(headers: Sequence[GGUFHeader]) -> bool:
    """Whether the embedding is the output too."""
    return all(tensor.name != "output.weight" for header in headers for tensor in header.tensors)
