"""Keeps the engine wheels that were built here, so that the next environment takes seconds.

pip's own cache is keyed by name and version and would hand out a wheel built with other
flags; this one is keyed by all that shapes the build, and checks a wheel's hash before use.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from llamachat.install.compiler import native_macros
from llamachat.install.record import BuildRecord, load_record, save_record
from llamachat.install.survey import Survey

KEPT = 4
"""Wheels; an engine without a GPU is 20 MB, with CUDA some hundreds."""


@dataclass(frozen=True, slots=True)
class Wheel:
    path: Path
    record: BuildRecord


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of `llamachat.paths.cache_dir`, found without platformdirs."""
    if environ.get("LLAMACHAT_HOME"):
        return Path(os.path.expanduser(environ["LLAMACHAT_HOME"])) / "cache"  # noqa: PTH111
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "llamachat"
    xdg = environ.get("XDG_CACHE_HOME", "")
    return (Path(xdg) if xdg.strip() else Path.home() / ".cache") / "llamachat"


def wheel_key(
    engine: str, cmake_args: Sequence[str], survey: Survey, environ: Mapping[str, str]
) -> str:
    """Equal for builds that give the same engine: version, flags, compiler, processor, libc."""
    tools = survey.toolchain
    parts = [engine, *cmake_args, str(tools.c), str(tools.cxx), survey.cpu.key]
    parts += [sys.platform, platform.machine(), *platform.libc_ver()]
    parts += [environ.get(name, "") for name in ("CFLAGS", "CXXFLAGS", "LDFLAGS")]
    parts += [f"{name} {value}" for name, value in sorted(native_macros(tools).items())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def find_wheel(key: str, environ: Mapping[str, str] = os.environ) -> Wheel | None:
    """A kept wheel whose hash is right; a damaged one is removed."""
    folder = _folder(environ) / key
    record = load_record(folder / "build.json")
    wheels = sorted(folder.glob("*.whl"))
    if record and len(wheels) == 1 and file_hash(wheels[0]) == record.wheel_sha256:
        os.utime(folder)  # most recently used
        return Wheel(wheels[0], record)
    forget_wheel(key, environ)
    return None


def forget_wheel(key: str, environ: Mapping[str, str] = os.environ) -> None:
    """Removes a kept wheel, if there is one."""
    folder = _folder(environ) / key
    if folder.exists():
        shutil.rmtree(folder)


def keep_wheel(
    built: Path, key: str, record: BuildRecord, environ: Mapping[str, str] = os.environ
) -> Wheel:
    """Copies a wheel into the cache, the record last, and drops the least recently used."""
    folder = _folder(environ) / key
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{built.name}.{os.getpid()}.part"
    shutil.copyfile(built, part)
    part.replace(folder / built.name)
    save_record(record, folder / "build.json")
    by_use = sorted(_folder(environ).iterdir(), key=lambda kept: kept.stat().st_mtime)
    for old in by_use[:-KEPT]:
        shutil.rmtree(old)
    return Wheel(folder / built.name, record)


def file_hash(path: Path) -> str:
    """SHA-256 in hexadecimal, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def library_hash_in(wheel: Path) -> str:
    """SHA-256 of the compute library inside a wheel, as `record.library_hash` finds it later."""
    with zipfile.ZipFile(wheel) as archive:
        libraries = sorted(
            name
            for name in archive.namelist()
            if name.startswith("llama_cpp/lib/") and "ggml-cpu" in name
        )
        return hashlib.sha256(archive.read(libraries[0])).hexdigest() if libraries else ""


def _folder(environ: Mapping[str, str]) -> Path:
    return cache_folder(environ) / "wheels"
