"""llama.cpp's own programs, built from the source and with the flags of the installed engine.

    python -m scripts.llama_tools            # builds them if need be, prints their folder
    python -m scripts.llama_tools --server   # llama-server too, which takes as long again

The source is that of `scripts.llama_source`, the flags are those of the engine's build record.
Benchmarks compare with these programs, slow tests take their output as an oracle.
`LLAMACHAT_LLAMA_TOOLS` names a folder of programs built by other means. Knows how to build them;
nothing of what they are used for.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from llamachat.install.plan import ENGINE_VERSION, parallel_jobs
from llamachat.install.record import BuildRecord, read_build_record
from llamachat.paths import cache_dir
from scripts.llama_source import make_environment, run, say, source_archive, unpack

PROGRAMS = ("llama-completion", "llama-bench", "llama-quantize", "llama-perplexity")
SERVER = "llama-server"
"""without its web page and without TLS: tests talk to it on this machine"""
FOLDER = "LLAMACHAT_LLAMA_TOOLS"


def tools_folder(*programs: str, build: bool = True) -> Path:
    """The folder with these programs, or with all of them; what is missing is built.

    Raises:
        FileNotFoundError: they are not there, and were not to be built.
        subprocess.CalledProcessError: a step of the build failed; its output was shown.
    """
    wanted = programs or PROGRAMS
    named = os.environ.get(FOLDER)
    folder = Path(named) if named else _cached_folder() / "bin"
    if all((folder / program).exists() for program in wanted):
        return folder
    if named or not build:
        raise FileNotFoundError(f"{', '.join(wanted)} are not in {folder}")
    there = [program for program in (*PROGRAMS, SERVER) if (folder / program).exists()]
    _build(_cached_folder(), {*PROGRAMS, *there, *wanted})
    return folder


def _cached_folder() -> Path:
    text = "\0".join([ENGINE_VERSION, *_engine_flags(read_build_record())])
    return cache_dir() / "llama.cpp" / hashlib.sha256(text.encode()).hexdigest()[:16]


def _engine_flags(record: BuildRecord | None) -> list[str]:
    """The engine's CMake arguments, but for those that say which parts are built."""
    given = record.cmake_args if record else ()
    parts = ("-DLLAVA_BUILD", "-DLLAMA_BUILD_", "-DLLAMA_CURL")
    return [argument for argument in given if not argument.startswith(parts)]


def _build(target: Path, programs: Collection[str]) -> None:
    """Fetch the source, build beside the target, then take the target's name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    record = read_build_record()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="building-") as scratch:
        work = Path(scratch)
        source = unpack(source_archive(), work / "source")
        binaries = make_environment(work / "env", "cmake", "ninja")
        say("configuring and building llama.cpp's programs (about five minutes on two cores)")
        flags = [
            *("-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DLLAMA_CURL=OFF"),
            *("-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF", "-DBUILD_SHARED_LIBS=OFF"),
            *("-DLLAMA_BUILD_UI=OFF", "-DLLAMA_USE_PREBUILT_UI=OFF", "-DLLAMA_OPENSSL=OFF"),
            *_engine_flags(record),
        ]
        environ = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
        for name, value in zip(
            ("CC", "CXX"), record.chosen_compilers if record else (), strict=False
        ):
            if value:
                environ[name] = value
        cmake = str(binaries / "cmake")
        run([cmake, "-S", str(source), "-B", str(work / "out"), *flags], environ)
        jobs = str(parallel_jobs(os.environ))
        run([cmake, "--build", str(work / "out"), "-j", jobs, "--target", *programs], environ)
        (work / "result").mkdir()
        shutil.move(work / "out" / "bin", work / "result" / "bin")
        if target.exists():  # without the programs that were added since
            shutil.rmtree(target)
        (work / "result").rename(target)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.llama_tools", description=__doc__)
    parser.add_argument("--server", action="store_true", help="build llama-server too")
    given = parser.parse_args(argv)
    print(tools_folder(*PROGRAMS, *([SERVER] if given.server else [])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
