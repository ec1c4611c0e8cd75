"""Names the installed build of llama.cpp without loading it.

Two builds differ in name where their library files differ in size or time: hashing 20 MB would
cost each start 20 ms. Knows only where llama-cpp-python keeps its libraries.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from llamachat.errors import EngineError

MISSING = EngineError(
    "The engine (llama-cpp-python) is not installed.",
    "Run `llamachat doctor --rebuild` to build it for this machine.",
)


def library_folder() -> Path:
    """Where libllama and libggml lie.

    Raises:
        EngineError: llama-cpp-python is not installed.
    """
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(MISSING.message, MISSING.hint)
    return Path(next(iter(spec.submodule_search_locations))) / "lib"


def engine_version() -> str:
    """The version of llama-cpp-python; "unknown" where it was put there without a package."""
    from importlib import metadata  # 17 ms, a fifth of a worker's start

    try:
        return metadata.version("llama-cpp-python")
    except metadata.PackageNotFoundError:
        return "unknown"


def build_id() -> str:
    """Version and a digest of the library files, such as "0.3.36-1f2e3d4c"."""
    digest = hashlib.sha256()
    folder = library_folder()
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if file.is_file():
                facts = file.stat()
                digest.update(f"{file.name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return f"{engine_version()}-{digest.hexdigest()[:8]}"
