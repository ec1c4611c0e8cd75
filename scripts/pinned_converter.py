"""The convert_hf_to_gguf.py of the pinned llama.cpp, with the packages it wants beside our own.

    python -m scripts.pinned_converter       # makes it if need be, prints its Python and its script

Slow tests take its output as an oracle, benchmarks its time. `LLAMACHAT_ORACLE_PYTHON` names a
Python that has the packages already; otherwise they are installed into the cache: a gigabyte, or
more where the package index has PyTorch for GPUs only (pip's own PIP_EXTRA_INDEX_URL may name
another). Knows nothing of models.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from llamachat.install.plan import ENGINE_VERSION
from llamachat.paths import cache_dir
from scripts.llama_source import make_environment, source_archive, unpack

PYTHON = "LLAMACHAT_ORACLE_PYTHON"
SCRIPT = "convert_hf_to_gguf.py"
PACKAGES = (
    "torch==2.13.0", "transformers==4.57.6", "sentencepiece==0.2.3", "protobuf", "numpy", "pyyaml",
    "requests", "tqdm",
)  # fmt: skip
"""the converter's defaults for what a config.json leaves out are those of this transformers"""


class ConversionError(Exception):
    """The converter refused or failed; the message is the end of what it printed."""


@dataclass(frozen=True, slots=True)
class PinnedConverter:
    """How to run it."""

    python: str
    script: Path

    def command(self, folder: Path, output: Path, outtype: str) -> list[str]:
        options = ["--outfile", str(output), "--outtype", outtype]
        return [self.python, str(self.script), str(folder), *options]

    def convert(self, folder: Path, output: Path, outtype: str) -> None:
        """Convert a Hugging Face folder.

        Raises:
            ConversionError: it did not.
        """
        command = self.command(folder, output, outtype)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ConversionError(done.stderr[-2000:])


def open_converter(*, make: bool = True) -> PinnedConverter:
    """The converter, with its environment; what is missing is fetched.

    Raises:
        FileNotFoundError: something is missing, and was not to be fetched.
        subprocess.CalledProcessError: fetching failed; the output was shown.
    """
    folder = cache_dir() / "llama.cpp"
    source = folder / f"converter-{ENGINE_VERSION}"
    named = os.environ.get(PYTHON)
    wanted = hashlib.sha256("\0".join(PACKAGES).encode()).hexdigest()[:16]
    environment = folder / f"converter-env-{wanted}"
    if not make and not (source.exists() and (named or environment.exists())):
        raise FileNotFoundError(f"There is no {source} or no {environment}.")
    if not source.exists():
        _unpack(source)
    if not named and not environment.exists():
        _install(environment)
    return PinnedConverter(named or str(environment / "bin" / "python"), source / SCRIPT)


def _unpack(target: Path) -> None:
    archive = source_archive()
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix="unpacking-") as scratch:
        parts = (SCRIPT, "convert_lora_to_gguf.py", "conversion", "gguf-py")
        unpack(archive, Path(scratch), parts).rename(target)


def _install(target: Path) -> None:
    """Made in its place, for an environment cannot be moved; removed where it did not succeed."""
    try:
        make_environment(target, *PACKAGES)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def main(argv: list[str] | None = None) -> int:
    argparse.ArgumentParser(prog="scripts.pinned_converter", description=__doc__).parse_args(argv)
    converter = open_converter()
    print(f"{converter.python} {converter.script}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
