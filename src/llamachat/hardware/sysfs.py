"""Reading the small text files below /proc and /sys; it does not know what any of them means.

A file that this kernel does not have, or hides from this process, is a fact that is not known:
readers get an empty answer and the caller decides what that means.
"""

from __future__ import annotations

from pathlib import Path

MAX_BYTES = 1 << 20
"""more than any of these files holds: a mountinfo of 5,000 mounts is 0.8 MB"""
MAX_CPUS = 8192
"""Linux's own limit (CONFIG_NR_CPUS)"""


def read_text(path: Path) -> str:
    """The file's text without surrounding white space; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def read_int(path: Path) -> int | None:
    """The file's only number; None where there is none (`max` means no limit)."""
    text = read_text(path)
    return int(text) if text.removeprefix("-").isdecimal() else None


def read_table(path: Path) -> dict[str, str]:
    """Lines of `key: value` (/proc/meminfo) or `key value` (memory.stat), the first of each key."""
    table: dict[str, str] = {}
    for line in read_text(path).splitlines():
        key, _, value = line.replace(":", " ", 1).partition(" ")
        table.setdefault(key, value.strip())
    return table


def parse_cpu_list(text: str) -> frozenset[int]:
    """CPU numbers of the kernel's list format: "0-3,8,10-11"."""
    cpus: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            cpus.update(range(int(first), min(int(last or first), MAX_CPUS) + 1))
    return frozenset(cpus)
