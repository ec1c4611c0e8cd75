"""The compiler is found as CMake would find it, and what is missing is named."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from llamachat.hardware.isa import Arch, Feature, arch_of, read_cpu
from llamachat.install.compiler import (
    NoCompiler,
    find_toolchain,
    native_features,
    native_macros,
    predefined_macros,
)

PATH = os.environ["PATH"]


def make_program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_compilers_of_this_machine_are_identified() -> None:
    toolchain = find_toolchain({"PATH": PATH})
    assert toolchain.c.name in ("GCC", "clang", "Apple clang")
    assert toolchain.c.version > (4, 0, 0)
    assert toolchain.arch is arch_of(os.uname().machine)
    assert str(toolchain.c).startswith(toolchain.c.name)


def test_cc_and_cxx_are_heeded_with_their_arguments() -> None:
    found = find_toolchain({"PATH": PATH, "CC": "cc -DONE", "CXX": "c++ -DTWO"})
    assert found.c.command[1:] == ("-DONE",)
    assert found.cxx.command[1:] == ("-DTWO",)
    assert predefined_macros(found.c.command)["ONE"] == "1"


@pytest.mark.skipif(not shutil.which("clang"), reason="needs clang")
def test_clang_is_told_from_gcc() -> None:
    assert "clang" in find_toolchain({"PATH": PATH, "CC": "clang"}).c.name


@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-gcc"), reason="needs a cross compiler")
def test_cross_compiler_tells_what_it_builds_for() -> None:
    assert find_toolchain({"PATH": PATH, "CC": "aarch64-linux-gnu-gcc"}).arch is Arch.ARM64


def test_native_build_uses_no_more_than_the_processor_has() -> None:
    toolchain = find_toolchain({"PATH": PATH})
    assert native_macros(toolchain)
    assert native_features(toolchain) <= read_cpu().features | {Feature.AVX512}


def test_unknown_flag_defines_nothing() -> None:
    toolchain = find_toolchain({"PATH": PATH})
    assert predefined_macros(toolchain.c.command, "-march=no-such-processor") == {}


def test_missing_compiler_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(NoCompiler) as caught:
        find_toolchain({"PATH": str(tmp_path)})
    assert "no C compiler" in caught.value.message
    assert caught.value.hint


def test_missing_cxx_compiler_is_named(tmp_path: Path) -> None:
    (tmp_path / "cc").symlink_to(shutil.which("cc") or "")
    with pytest.raises(NoCompiler, match=r"no C\+\+ compiler"):
        find_toolchain({"PATH": str(tmp_path)})


def test_cc_that_is_no_program_is_named() -> None:
    with pytest.raises(NoCompiler, match="CC=no-such-compiler"):
        find_toolchain({"PATH": PATH, "CC": "no-such-compiler"})


def test_compiler_that_can_not_build_shows_its_complaint(tmp_path: Path) -> None:
    macros = "#define __GNUC__ 12\n#define __GNUC_MINOR__ 2\n#define __GNUC_PATCHLEVEL__ 0"
    complaint = "fatal error: vector: No such file"
    script = f"case $* in *-dM*) echo '{macros}';; *) echo '{complaint}' >&2; exit 1;; esac"
    make_program(tmp_path / "c++", script)
    environ = {"PATH": PATH, "CXX": str(tmp_path / "c++")}
    with pytest.raises(NoCompiler) as caught:
        find_toolchain(environ)
    assert caught.value.message == f"GCC 12.2.0 can not build a small C++ program ({complaint})."


def test_program_that_is_no_compiler_is_refused(tmp_path: Path) -> None:
    make_program(tmp_path / "cc", "exit 0")
    with pytest.raises(NoCompiler, match="neither GCC nor clang"):
        find_toolchain({"PATH": PATH, "CC": str(tmp_path / "cc")})
