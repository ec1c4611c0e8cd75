"""The door to llama.cpp: loads the bindings, gathers its log lines, names the build.

`import llama_cpp` would run the package's high-level half and import numpy, jinja2 and diskcache
with it (0.2 s); the engine needs only its ctypes layer, which is loaded alone (0.04 s). Nothing in
this folder is imported by the user interface: the library can abort the process.
"""

from __future__ import annotations

import ctypes
import importlib
import re
import sys
from collections import deque
from functools import cache
from types import ModuleType
from typing import Any, TextIO

from llamachat.engine.build_id import library_folder
from llamachat.errors import EngineError

REBUILD_HINT = "Run `llamachat doctor --rebuild` to build it for this machine."

_BUFFER_SIZE = re.compile(r"(\S+)\s+(model|KV|compute|output) buffer size\s*=\s*([\d.]+) MiB")


@cache
def bindings() -> Any:
    """The ctypes layer of llama-cpp-python (`llama_cpp.llama_cpp`).

    Raises:
        EngineError: the package is missing or its library cannot be loaded.
    """
    return import_alone("llama_cpp")


def import_alone(name: str) -> Any:
    """One module of the package `llama_cpp`, without running the package itself.

    Raises:
        EngineError: the package is missing or its library cannot be loaded.
    """
    folder = library_folder()
    loaded = sys.modules.get("llama_cpp")
    if loaded is None:
        shell = ModuleType("llama_cpp")
        shell.__path__ = [str(folder.parent)]
        sys.modules["llama_cpp"] = shell
    try:
        return importlib.import_module(f"llama_cpp.{name}")
    except (OSError, RuntimeError, ImportError) as error:
        raise EngineError(
            f"The engine's library cannot be loaded: {error}.", REBUILD_HINT
        ) from None
    finally:
        if loaded is None:
            del sys.modules["llama_cpp"]


def system_info() -> str:
    """llama.cpp's own line: which instruction sets the library was compiled with."""
    text: bytes = bindings().llama_print_system_info()
    return text.decode()


class LibraryLog:
    """Keeps the last lines llama.cpp logged, and the buffer sizes they report."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=400)
        self.buffers: dict[str, float] = {}
        """MiB by kind: model, KV, compute, output"""
        self.weight_buffers: set[str] = set()
        """where the weights are: CPU_Mapped, CPU, and CPU_REPACK or AMX where there is a copy"""
        self.echo: TextIO | None = None
        """where lines are copied to, if anywhere"""
        self._partial = ""
        self._callback = bindings().llama_log_callback(self._receive)

    def install(self) -> None:
        """From now on nothing of llama.cpp reaches stderr by itself."""
        bindings().llama_log_set(self._callback, ctypes.c_void_p())

    def _receive(self, level: int, text: bytes, _data: object) -> None:
        self._partial += text.decode("utf-8", "replace")
        while "\n" in self._partial:
            line, self._partial = self._partial.split("\n", 1)
            self.lines.append(line)
            if self.echo is not None:
                print(line, file=self.echo, flush=True)
            if found := _BUFFER_SIZE.search(line):
                kind = found[2]
                self.buffers[kind] = self.buffers.get(kind, 0.0) + float(found[3])
                if kind == "model":
                    self.weight_buffers.add(found[1])

    def forget(self) -> None:
        """Start over: what follows is about another model."""
        self.lines.clear()
        self.buffers.clear()
        self.weight_buffers.clear()

    def last_line(self) -> str:
        """What was logged last, without the name of the function that said it."""
        return self.lines[-1].split(": ", 1)[-1].strip() if self.lines else ""

    def last_error(self) -> str:
        """The most telling of the lines since `forget`, in llama.cpp's words."""
        telling = [
            line
            for line in self.lines
            if re.search(r"error|fail|unable|invalid|requires", line, re.I)
        ]
        return telling[0].split(": ", 1)[-1].strip() if telling else ""


@cache
def open_library() -> LibraryLog:
    """Start llama.cpp once per process; returns its log."""
    log = LibraryLog()
    log.install()
    library = bindings()
    library.llama_backend_init()
    _load_backends()
    return log


def _load_backends() -> None:
    """Builds with GGML_BACKEND_DL keep each backend in a file of its own and load none."""
    folder = library_folder()
    candidates = sorted(folder.glob("libggml.*")) or sorted(folder.glob("ggml.*"))
    if not candidates:
        return
    ggml = ctypes.CDLL(str(candidates[0]))
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    if ggml.ggml_backend_dev_count() == 0:
        ggml.ggml_backend_load_all_from_path(str(folder).encode())
