"""What llama.cpp's converter makes of the folders that tests build, kept as hashes in a JSON file.

    python -m scripts.record_conversion LLAMA_CPP --python PYTHON

LLAMA_CPP is the folder of convert_hf_to_gguf.py (vendor/llama.cpp in the source distribution of
llama-cpp-python), PYTHON an interpreter with the packages that its requirements name. The converter
runs as it is but for one step: it writes no tokenizer, since these folders have none. Knows nothing
of how llamachat reads the same folders.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.metadata import Value
from llamachat.gguf.reader import read_header
from tests.unit.build.hf_folders import CASES, write_folder

RECORD = Path("tests/unit/build/recorded/converter.json")
OUTTYPES = ("f32", "f16", "bf16")
_WITHOUT_TOKENIZER = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
from conversion.llama import LlamaModel
LlamaModel.set_vocab = lambda self: None
sys.argv = sys.argv[1:]
import convert_hf_to_gguf
convert_hf_to_gguf.main()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("llama_cpp", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--output", type=Path, default=RECORD)
    arguments = parser.parse_args()
    script = arguments.llama_cpp / "convert_hf_to_gguf.py"
    record: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for case in CASES:
            folder = Path(scratch) / case.name
            write_folder(folder, case)
            record[case.name] = {
                outtype: _convert(arguments.python, script, folder, outtype) for outtype in OUTTYPES
            }
            print(case.name)
    arguments.output.write_text(json.dumps(record, indent=1) + "\n")


def _convert(python: str, script: Path, folder: Path, outtype: str) -> dict[str, Any]:
    output = folder.with_name(f"{folder.name}-{outtype}.gguf")
    command = [python, "-c", _WITHOUT_TOKENIZER, str(script), str(folder)]
    command += ["--outfile", str(output), "--outtype", outtype]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{folder.name}: {done.stderr[-2000:]}")
    header = read_header(output)
    return summary_of(header)


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
    main()
