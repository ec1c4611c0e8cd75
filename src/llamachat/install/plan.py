"""What the engine's build is told: version, CMake arguments, parallel jobs, expected time.

Merges what a person asked for (LLAMACHAT_CMAKE_ARGS, CFLAGS) with what was decided for the
processor, so that neither silences the other. It runs nothing.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence

from llamachat.errors import UsageError
from llamachat.install.flags import Decision

ENGINE = "llama-cpp-python"
ENGINE_VERSION = "0.3.36"

EXTRA_ARGS = "LLAMACHAT_CMAKE_ARGS"
"""The variable with CMake arguments of a person: -DGGML_CUDA=ON, -DGGML_RPC=ON."""

TRIMMED = (
    "-DLLAVA_BUILD=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_TOOLS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_SERVER=OFF",
)
"""Neither the multimodal library nor programs: 3 min 29 s instead of 4 min 23 s on 2 cores."""

CORE_SECONDS = 420
"""What the build takes on one core of a current server processor."""

BYTES_PER_JOB = 1 << 30
"""Memory that one compiler process may need."""


def extra_arguments(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The person's CMake arguments, one by one."""
    try:
        return tuple(shlex.split(environ.get(EXTRA_ARGS, "")))
    except ValueError as error:
        raise UsageError(f"{EXTRA_ARGS} can not be read: {error}.", "Check its quotes.") from error


def chosen_compilers(environ: Mapping[str, str]) -> tuple[str, ...]:
    """CC and CXX as the environment has them."""
    return (environ.get("CC", ""), environ.get("CXX", ""))


def cmake_arguments(decision: Decision, environ: Mapping[str, str]) -> tuple[str, ...]:
    """All arguments of the build; the person's come last, since CMake heeds the last."""
    extra = extra_arguments(environ)
    if not decision.compile_flags:
        return (*TRIMMED, *decision.options, *extra)
    kept = [argument for argument in extra if not _sets_flags(argument, r"C|CXX")]
    for language, variable in (("C", "CFLAGS"), ("CXX", "CXXFLAGS")):
        given = [argument for argument in extra if _sets_flags(argument, language)]
        base = given[-1].partition("=")[2] if given else environ.get(variable, "")
        flags = " ".join([*base.split(), *decision.compile_flags])
        kept.append(f"-DCMAKE_{language}_FLAGS={flags}")
    return (*TRIMMED, *decision.options, *kept)


def parallel_jobs(environ: Mapping[str, str]) -> int:
    """Compilers at a time: one a usable core, fewer where memory is short."""
    chosen = environ.get("CMAKE_BUILD_PARALLEL_LEVEL", "")
    if chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(cores or 1, memory // BYTES_PER_JOB))


def expected_minutes(jobs: int) -> float:
    """A first guess, before the build's own progress gives a better one."""
    return CORE_SECONDS / jobs / 60


def build_environment(
    cmake_args: Sequence[str], compilers: tuple[Sequence[str], Sequence[str]], jobs: int
) -> dict[str, str]:
    """Variables for pip: the probed compilers are those that CMake shall take."""
    return {
        "CC": shlex.join(compilers[0]),
        "CXX": shlex.join(compilers[1]),
        "CMAKE_ARGS": shlex.join(cmake_args),
        "CMAKE_BUILD_PARALLEL_LEVEL": str(jobs),
        # ninja from the package index, rather than make: it reports progress as [57/140].
        "SKBUILD_NINJA_MAKE_FALLBACK": "0",
    }


def _sets_flags(argument: str, language: str) -> bool:
    return re.match(rf"-DCMAKE_({language})_FLAGS(:\w+)?=", argument) is not None
