"""The metadata that llama.cpp's converter writes for folders with tokenizers, kept in a JSON file.

    python -m scripts.record_tokenizers LLAMA_CPP --python PYTHON

As scripts.record_conversion; of arrays a hash is kept. The converter runs as it is but for one
step: it knows pre-tokenizers by hashes of the tokens of a sample, which no vocabulary made for a
test has, so it is told their names.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from llamachat.gguf.metadata import Metadata, Value
from llamachat.gguf.reader import read_header
from tests.unit.build.tokenizers.folders import TOKENIZERS, write_case

RECORD = Path("tests/unit/build/recorded/tokenizers.json")
_NAMED = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
from conversion.base import TextModel
name = "smollm" if "smollm" in sys.argv[2] else "llama-bpe"
TextModel.get_vocab_base_pre = lambda self, tokenizer: name
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
    record = {}
    with tempfile.TemporaryDirectory() as scratch:
        for case in TOKENIZERS:
            folder = write_case(Path(scratch), case)
            output = folder.with_suffix(".gguf")
            command = [arguments.python, "-c", _NAMED, str(script), str(folder)]
            command += ["--outfile", str(output), "--outtype", "f16"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{case.name}: {done.stderr[-2000:]}")
            record[case.name] = lines_of(read_header(output, arrays=True).metadata)
            print(case.name)
    arguments.output.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def lines_of(metadata: Metadata) -> list[str]:
    """Key, type and value of every entry, in order."""
    return [f"{key} {_shown(value)}" for key, value in metadata.items()]


def _shown(value: object) -> str:
    if isinstance(value, Value):
        return f"{value.type.name} {value.data!r}"
    kind, length, raw = value.type.name, value.length, value.raw or b""  # type: ignore[attr-defined]
    return f"ARRAY {kind} {length} {hashlib.sha256(raw).hexdigest()[:16]}"


if __name__ == "__main__":
    main()
