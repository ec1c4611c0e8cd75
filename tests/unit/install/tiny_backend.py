"""A build backend in one file, so that real pip builds something in a second and offline.

It builds either a stand-in for llama-cpp-python, which keeps the CMAKE_ARGS it was given, or
the editable app of a checkout. Copied into what it builds; imports nothing of this project.
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

ENGINE = {
    "llama_cpp/__init__.py": "def llama_print_system_info():\n    return b'CPU : TINY = 1'\n",
    "llama_cpp/built_with.py": "CMAKE_ARGS = {args!r}\nCC = {cc!r}\n",
    "llama_cpp/lib/libggml-cpu.so": "a library built with {args}",
}


def build_wheel(folder: str, settings: object = None, metadata: object = None) -> str:
    """The engine: several steps, of which the environment can make one fail or hang."""
    args, cc = os.environ.get("CMAKE_ARGS", ""), os.environ.get("CC", "")
    for step in range(1, 11):
        sys.stdout.write(f"[{step}/10] {cc} step\n")
        sys.stdout.flush()
    if "-DBREAK=ON" in args:
        raise SystemExit("engine.cpp:1: error: the compiler found a fault")
    if "-DHANG=ON" in args:
        import time

        time.sleep(600)
    files = {name: text.format(args=args, cc=cc) for name, text in ENGINE.items()}
    if "-DCRASH=ON" in args:
        files["llama_cpp/__init__.py"] = "raise OSError('no such library')\n"
    return write_wheel(Path(folder), "llama_cpp_python", "0.3.36", files)


def prepare_metadata_for_build_wheel(folder: str, settings: object = None) -> str:
    """Only so that pip does not build the engine twice."""
    info = Path(folder) / "llama_cpp_python-0.3.36.dist-info"
    info.mkdir()
    metadata = "Metadata-Version: 2.1\nName: llama_cpp_python\nVersion: 0.3.36\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    return info.name


def build_editable(folder: str, settings: object = None, metadata: object = None) -> str:
    """The app: a path to its sources, and its command."""
    files = {
        "llamachat.pth": str(Path.cwd() / "src") + "\n",
        "llamachat-0.1.0.dist-info/entry_points.txt": (
            "[console_scripts]\nllamachat = llamachat.install.__main__:main\n"
        ),
    }
    return write_wheel(Path(folder), "llamachat", "0.1.0", files)


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> str:
    """Writes a wheel of these files; pip does not need the hashes of RECORD."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / wheel, "w") as archive:
        for path, text in [*files.items(), (f"{info}/RECORD", record)]:
            archive.writestr(path, text)
    return wheel
