"""Versions and folders: what the doctor prints so that a report of a fault can be understood."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from llamachat import __version__, paths
from llamachat.cli.doctor.library import Library
from llamachat.hardware.disk import DiskSpace, existing_folder, read_disk
from llamachat.hardware.places import expanded


@dataclass(frozen=True, slots=True)
class Folder:
    name: str
    path: Path
    exists: bool
    writable: bool
    """or could be made"""
    disk: DiskSpace


def read_folders() -> tuple[Folder, ...]:
    """llamachat's own folders and the cache it shares with other Hugging Face programs."""
    places = {
        "config": paths.config_dir(),
        "data": paths.data_dir(),
        "cache": paths.cache_dir(),
        "state": paths.state_dir(),
        "hub cache": hub_cache(),
    }
    return tuple(_look(name, path) for name, path in places.items())


def _look(name: str, path: Path) -> Folder:
    nearest = existing_folder(path)
    writable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    return Folder(name, path, path.is_dir(), writable, read_disk(path))


def hub_cache() -> Path:
    """Where every program of the Hugging Face hub keeps its downloads, llama.cpp's tools too."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return expanded(os.environ[variable])
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{caches}/huggingface"
    return expanded(home) / "hub"


def read_versions(library: Library) -> dict[str, str]:
    """Name → version; empty where it is not known."""
    commit = f", commit {library.ggml_commit}" if library.ggml_commit else ""
    return {
        "llamachat": __version__,
        "llama-cpp-python": library.version,
        "llama.cpp": f"ggml {library.ggml_version}{commit}" if library.ggml_version else "",
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": _system(),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def _system() -> str:
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:  # a container image without /etc/os-release
        return platform.system()
