"""Environments whose engine is broken in a way that happens to people, for a child to meet."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

TRAP = "__attribute__((constructor)) static void trap(void) { __builtin_trap(); }"
"""what a library compiled for another processor does first"""
TRAP_IN_EVALUATION = "int ggml_backend_sched_graph_compute_async(void) { __builtin_trap(); }"


def fake_engine(folder: Path, code: str) -> dict[str, str]:
    """A llama_cpp that comes first on the path and runs this when it is imported."""
    package = folder / "llama_cpp"
    (package / "lib").mkdir(parents=True)
    (package / "__init__.py").write_text(code)
    return {"PYTHONPATH": str(folder)}


def no_engine(folder: Path) -> dict[str, str]:
    """An environment without llama-cpp-python."""
    (folder / "sitecustomize.py").write_text("import sys; sys.modules['llama_cpp'] = None")
    return {"PYTHONPATH": str(folder)}


def engine_with_library(folder: Path, library: bytes | Path) -> dict[str, str]:
    """The real bindings around another libllama."""
    spec = importlib.util.find_spec("llama_cpp")
    assert spec is not None
    assert spec.origin is not None
    package = folder / "llama_cpp"
    (package / "lib").mkdir(parents=True)
    for source in Path(spec.origin).parent.glob("*.py"):
        (package / source.name).symlink_to(source)
    target = package / "lib" / "libllama.so"
    target.write_bytes(library if isinstance(library, bytes) else library.read_bytes())
    return {"PYTHONPATH": str(folder)}


def compiled(folder: Path, code: str) -> Path:
    """A shared library of this C code."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = folder / "made.so"
    command = [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)]
    subprocess.run(command, input=code, text=True, check=True)
    return library
