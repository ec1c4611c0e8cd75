"""How often the kernel killed a process of this control group for lack of memory.

Read before a child starts and after it died, the difference tells a death by memory from any other
SIGKILL. Knows only Linux; elsewhere the count stays 0.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.hardware.cgroup import cgroup_folders
from llamachat.hardware.sysfs import read_table, read_text

ROOT = Path("/")


def oom_kills(root: Path = ROOT) -> int:
    """Kills counted by the nearest cgroup that counts them, else by the whole machine."""
    for folder in cgroup_folders("memory", root):
        for name in ("memory.events", "memory.oom_control"):
            for line in read_text(folder / name).splitlines():
                key, _, value = line.partition(" ")
                if key == "oom_kill" and value.isdecimal():
                    return int(value)
    kills = read_table(root / "proc/vmstat").get("oom_kill", "0")
    return int(kills) if kills.isdecimal() else 0
