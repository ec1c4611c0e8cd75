"""What the installed llama.cpp library says of itself, for a parent that must not load it.

`python -m llamachat.engine.llama.facts` prints one JSON object a line: first where the library lies
and its hash, then, once it is loaded, how it was built. A library that kills the process at load
leaves the first line behind, and what it prints itself goes to stderr. Judges nothing: that is
`llamachat doctor`.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import json
import os
import sys
from pathlib import Path

from llamachat.engine.build_id import engine_version, library_folder
from llamachat.engine.llama.library import bindings, open_library, system_info
from llamachat.errors import EngineError

DEVICE_TYPES = ("cpu", "gpu", "integrated gpu", "accelerator", "meta")
"""in the order of `ggml_backend_dev_type`"""


def main() -> int:
    """Print the facts; an engine that is missing or cannot be loaded is a fact too."""
    with os.fdopen(os.dup(1), "w") as stdout:
        os.dup2(2, 1)
        try:
            for facts in (_found, _loaded):
                stdout.write(json.dumps(facts()) + "\n")
                stdout.flush()
        except EngineError as error:
            stdout.write(json.dumps({"error": error.message}) + "\n")
            return int(error.exit_code)
    return 0


def hash_libraries(folder: Path) -> str:
    """SHA-256 over the names and contents of the library files: another build, another hash."""
    whole = hashlib.sha256()
    files = {path.resolve() for path in folder.iterdir() if _is_library(path)}
    for path in sorted(files):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.name} {digest}\n".encode())
    return whole.hexdigest()


def _is_library(path: Path) -> bool:
    return path.is_file() and (".so" in path.suffixes or path.suffix == ".dylib")


def _found() -> dict[str, object]:
    """Without running a line of the library."""
    folder = library_folder()
    sha256 = hash_libraries(folder) if folder.is_dir() else ""
    return {"version": engine_version(), "folder": str(folder), "sha256": sha256}


def _loaded() -> dict[str, object]:
    try:
        open_library()
    except EngineError:
        importlib.import_module("llama_cpp")  # the usual way: it may say, or do, more
        raise
    ggml = _open_ggml()
    return {
        "system_info": system_info(),
        "gpu_offload": bool(bindings().llama_supports_gpu_offload()),
        "ggml_version": _text(ggml, "ggml_version"),
        "ggml_commit": _text(ggml, "ggml_commit"),
        "backends": _backends(ggml),
        "devices": _devices(ggml),
    }


def _open_ggml() -> ctypes.CDLL:
    """The part that knows backends and devices; loaded already, this gives a handle to it."""
    found = sorted(library_folder().glob("libggml.*"))
    if not found:
        raise EngineError(f"The engine's library has no libggml in {library_folder()}.")
    return ctypes.CDLL(str(found[0]))


def _backends(ggml: ctypes.CDLL) -> list[str]:
    """Compiled in or loaded beside the library, whether they find a device here or not."""
    ggml.ggml_backend_reg_count.restype = ctypes.c_size_t
    ggml.ggml_backend_reg_get.argtypes = [ctypes.c_size_t]
    ggml.ggml_backend_reg_get.restype = ctypes.c_void_p
    registered = range(ggml.ggml_backend_reg_count())
    handles = [ctypes.c_void_p(ggml.ggml_backend_reg_get(index)) for index in registered]
    return [_text(ggml, "ggml_backend_reg_name", handle) for handle in handles]


def _devices(ggml: ctypes.CDLL) -> list[dict[str, str]]:
    """Every device a compiled-in backend found on this machine, the CPU included."""
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    ggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    found = range(ggml.ggml_backend_dev_count())
    devices = [ctypes.c_void_p(ggml.ggml_backend_dev_get(index)) for index in found]
    return [
        {
            "name": _text(ggml, "ggml_backend_dev_name", device),
            "description": _text(ggml, "ggml_backend_dev_description", device),
            "type": DEVICE_TYPES[ggml.ggml_backend_dev_type(device)],
        }
        for device in devices
    ]


def _text(library: ctypes.CDLL, function: str, *arguments: ctypes.c_void_p) -> str:
    call = library[function]
    call.restype = ctypes.c_char_p
    text: bytes | None = call(*arguments)
    return (text or b"").decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
