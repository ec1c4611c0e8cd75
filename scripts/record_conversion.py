"""What llama.cpp's converter makes of the folders that tests build, kept as hashes in a JSON file.

    python -m scripts.record_conversion LLAMA_CPP --python PYTHON

See `scripts.llama_converter`. The converter runs as it is but for one step: it writes no tokenizer,
since these folders have none. Knows nothing of how llamachat reads the same folders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.metadata import Value
from llamachat.gguf.reader import read_header
from scripts.llama_converter import Converter, record
from tests.unit.build.hf_folders import CASES, write_folder

RECORD = Path("tests/unit/build/recorded/converter.json")
OUTTYPES = ("f32", "f16", "bf16")
_WITHOUT_TOKENIZER = """
from conversion.llama import LlamaModel
LlamaModel.set_vocab = lambda self: None
"""


def conversions(converter: Converter, scratch: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each case what is kept of its files."""
    for case in CASES:
        folder = scratch / case.name
        write_folder(folder, case)
        kept = {}
        for outtype in OUTTYPES:
            kept[outtype] = summary_of(read_header(converter.convert(folder, outtype)))
        yield case.name, kept


def summary_of(header: GGUFHeader) -> dict[str, Any]:
    """What is kept of a file; of the rounded ones a single hash of all that is kept of f32."""
    tensors = tensors_of(header)
    if header.integer("general.file_type"):
        tensors = [hashlib.sha256("\n".join(tensors).encode()).hexdigest()]
    return {"metadata": metadata_of(header), "tensors": tensors}


def metadata_of(header: GGUFHeader) -> list[str]:
    """Key, type and value of everything that is not a name or a tokenizer, in order."""
    kept = []
    for key, value in header.metadata.items():
        if key.startswith("llama.") or key in ("general.architecture", "general.file_type"):
            assert isinstance(value, Value)
            kept.append(f"{key} {value.type.name} {value.data!r}")
    return kept


def tensors_of(header: GGUFHeader) -> list[str]:
    """Name, type, shape and hash of every tensor, in order."""
    rows = []
    with header.path.open("rb") as file:
        for tensor in header.tensors:
            file.seek(header.data_offset + tensor.offset)
            digest = hashlib.sha256(file.read(tensor.n_bytes)).hexdigest()
            rows.append(f"{tensor.name} {tensor.type.name} {tensor.shape} {digest[:16]}")
    return rows


if __name__ == "__main__":
    record(__doc__.splitlines()[0], _WITHOUT_TOKENIZER, RECORD, conversions)
