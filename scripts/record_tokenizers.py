"""The metadata that llama.cpp's converter writes for folders with tokenizers, kept in a JSON file.

    python -m scripts.record_tokenizers LLAMA_CPP --python PYTHON

As scripts.record_conversion; of arrays a hash is kept. The converter runs as it is but for one
step: it knows pre-tokenizers by hashes of the tokens of a sample, which no vocabulary made for a
test has, so it is told their names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from llamachat.gguf.metadata import Metadata, Value
from llamachat.gguf.reader import read_header
from scripts.llama_converter import Converter, record
from tests.unit.build.tokenizers.folders import TOKENIZERS, write_case

RECORD = Path("tests/unit/build/recorded/tokenizers.json")
_NAMED = """
from conversion.base import TextModel
name = "smollm" if "smollm" in sys.argv[2] else "llama-bpe"
TextModel.get_vocab_base_pre = lambda self, tokenizer: name
"""


def conversions(converter: Converter, scratch: Path) -> Iterator[tuple[str, list[str]]]:
    """For each case the metadata of its file."""
    for case in TOKENIZERS:
        output = converter.convert(write_case(scratch, case), "f16")
        yield case.name, lines_of(read_header(output, arrays=True).metadata)


def lines_of(metadata: Metadata) -> list[str]:
    """Key, type and value of every entry, in order."""
    return [f"{key} {_shown(value)}" for key, value in metadata.items()]


def _shown(value: object) -> str:
    if isinstance(value, Value):
        return f"{value.type.name} {value.data!r}"
    kind, length, raw = value.type.name, value.length, value.raw or b""  # type: ignore[attr-defined]
    return f"ARRAY {kind} {length} {hashlib.sha256(raw).hexdigest()[:16]}"


if __name__ == "__main__":
    record(__doc__.splitlines()[0], _NAMED, RECORD, conversions)
