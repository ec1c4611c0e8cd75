"""Finds the C and C++ compilers that the engine will be built with, and says what they are.

Asks the compilers themselves, by their predefined macros. It does not know which flags are
good: `llamachat.install.flags` decides that.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llamachat.errors import LlamaChatError
from llamachat.hardware.isa import Arch, Feature

# CMake looks for these names in this order; so do we, to probe what it would use.
_C_NAMES = ("cc", "gcc", "clang")
_CXX_NAMES = ("c++", "g++", "clang++")

_MACROS: dict[Feature, str] = {
    Feature.AVX: "__AVX__",
    Feature.AVX2: "__AVX2__",
    Feature.FMA: "__FMA__",
    Feature.F16C: "__F16C__",
    Feature.BMI2: "__BMI2__",
    Feature.AVX_VNNI: "__AVXVNNI__",
    Feature.AVX512: "__AVX512F__",
    Feature.AVX512_VBMI: "__AVX512VBMI__",
    Feature.AVX512_VNNI: "__AVX512VNNI__",
    Feature.AVX512_BF16: "__AVX512BF16__",
    Feature.AMX_TILE: "__AMX_TILE__",
    Feature.AMX_INT8: "__AMX_INT8__",
    Feature.AMX_BF16: "__AMX_BF16__",
    Feature.NEON: "__ARM_NEON",
    Feature.FP16_VA: "__ARM_FEATURE_FP16_VECTOR_ARITHMETIC",
    Feature.DOTPROD: "__ARM_FEATURE_DOTPROD",
    Feature.MATMUL_INT8: "__ARM_FEATURE_MATMUL_INT8",
    Feature.SVE: "__ARM_FEATURE_SVE",
    Feature.SME: "__ARM_FEATURE_SME",
}


class NoCompiler(LlamaChatError):
    """There is no compiler, or one that can not build a program."""


@dataclass(frozen=True, slots=True)
class Compiler:
    command: tuple[str, ...]
    """The program and the arguments that CC or CXX gave it, such as ("ccache", "gcc")."""
    name: str
    """GCC, clang or Apple clang."""
    version: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}"


@dataclass(frozen=True, slots=True)
class Toolchain:
    c: Compiler
    cxx: Compiler
    arch: Arch
    """What the compilers build for."""

    def __str__(self) -> str:
        return str(self.c) if self.c.version == self.cxx.version else f"{self.c} and {self.cxx}"


def find_toolchain(environ: Mapping[str, str] = os.environ) -> Toolchain:
    """The compilers that CC and CXX name, or else those that CMake would find.

    Raises:
        NoCompiler: with the package to install.
    """
    c_command = _command("CC", _C_NAMES, environ)
    cxx_command = _command("CXX", _CXX_NAMES, environ)
    macros = predefined_macros(c_command)
    c = Compiler(c_command, *_identify(macros))
    cxx = Compiler(cxx_command, *_identify(predefined_macros(cxx_command)))
    _check_builds(cxx)
    return Toolchain(c, cxx, _arch(macros))


def native_macros(toolchain: Toolchain) -> dict[str, str]:
    """What the compiler defines when it builds for "the native processor", as ggml asks it to."""
    flag = "-mcpu=native" if toolchain.arch is Arch.ARM64 else "-march=native"
    return predefined_macros(toolchain.c.command, flag)


def native_features(toolchain: Toolchain) -> frozenset[Feature]:
    """The features that an engine built for "the native processor" would use."""
    macros = native_macros(toolchain)
    return frozenset(feature for feature, macro in _MACROS.items() if macro in macros)


def predefined_macros(command: tuple[str, ...], *flags: str) -> dict[str, str]:
    """What the preprocessor defines by itself, name to value; empty where a flag is unknown."""
    try:
        listing = subprocess.run(
            [*command, *flags, "-dM", "-E", "-x", "c", os.devnull],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise NoCompiler(f"{shlex.join(command)} can not be run: {error}.", _hint()) from error
    if listing.returncode != 0:
        return {}
    lines = (line.split(maxsplit=2) for line in listing.stdout.splitlines())
    return {words[1]: words[-1] for words in lines if len(words) >= 2}


def _command(variable: str, names: tuple[str, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
    language = {"CC": "C", "CXX": "C++"}[variable]
    chosen = shlex.split(environ.get(variable, ""))
    path = environ.get("PATH", os.defpath)
    for program in chosen[:1] or names:
        found = shutil.which(program, path=path)
        if found:
            return (found, *chosen[1:])
    if chosen:
        raise NoCompiler(f"{variable}={chosen[0]} is not a program.", f"Unset {variable}.")
    raise NoCompiler(f"There is no {language} compiler, which the engine is built with.", _hint())


def _identify(macros: Mapping[str, str]) -> tuple[str, tuple[int, int, int]]:
    if "__clang_major__" in macros:
        name = "Apple clang" if "__apple_build_version__" in macros else "clang"
        parts = ("__clang_major__", "__clang_minor__", "__clang_patchlevel__")
    elif "__GNUC__" in macros:
        name = "GCC"
        parts = ("__GNUC__", "__GNUC_MINOR__", "__GNUC_PATCHLEVEL__")
    else:
        raise NoCompiler("The compiler is neither GCC nor clang.", _hint())
    major, minor, patch = (int(macros[part]) for part in parts)
    return name, (major, minor, patch)


def _arch(macros: Mapping[str, str]) -> Arch:
    if "__x86_64__" in macros:
        return Arch.X86_64
    return Arch.ARM64 if "__aarch64__" in macros else Arch.OTHER


def _check_builds(cxx: Compiler) -> None:
    """A compiler without its headers or linker is common: Debian's gcc without libc6-dev."""
    program = "#include <vector>\nint main() { return (int)std::vector<int>().size(); }\n"
    with tempfile.TemporaryDirectory(prefix="llamachat-") as folder:
        source = Path(folder) / "check.cpp"
        source.write_text(program, encoding="utf-8")
        command = [*cxx.command, str(source), "-o", str(Path(folder) / "check")]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        complaint = (built.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        message = f"{cxx} can not build a small C++ program ({complaint})."
        raise NoCompiler(message, _hint())


def _hint() -> str:
    """The command that installs a compiler here."""
    if sys.platform == "darwin":
        return "Run: xcode-select --install"
    commands = {
        "apt-get": "sudo apt install build-essential",
        "dnf": "sudo dnf install gcc gcc-c++",
        "yum": "sudo yum install gcc gcc-c++",
        "zypper": "sudo zypper install gcc gcc-c++",
        "pacman": "sudo pacman -S base-devel",
        "apk": "sudo apk add build-base",
    }
    for manager, command in commands.items():
        if shutil.which(manager):
            return f"Run: {command}"
    return "Install GCC or clang with its C++ library."
