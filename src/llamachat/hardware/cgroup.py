"""Which cgroup folders bind this process, from its own up to the top of what it can see.

Covers cgroup v1 (one mount per controller), v2 (one mount) and both at once, with and without a
cgroup namespace. Knows nothing of the limits inside the folders: `cores` and `memory` read those.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from llamachat.hardware.sysfs import read_text

ROOT = Path("/")


def cgroup_folders(controller: str, root: Path = ROOT) -> Iterator[Path]:
    """Existing folders whose limits apply, the process's own first, then its parents.

    A limit of a parent binds all below it, so a caller takes the smallest.
    """
    own = _own_paths(root)
    for mounted, mount_root, mount_point in _mounts(root):
        key = "" if mounted == "" else controller
        if key in mounted.split(",") and key in own:
            yield from _upwards(root / mount_point.lstrip("/"), _below(own[key], mount_root))


def _own_paths(root: Path) -> dict[str, str]:
    """Controller → path of this process, from lines such as `4:cpu,cpuacct:/docker/abc`.

    The v2 hierarchy has no controllers in its line, `0::/`, and is found under the empty name.
    """
    paths: dict[str, str] = {}
    for line in read_text(root / "proc/self/cgroup").splitlines():
        fields = line.split(":", 2)
        if len(fields) == 3:
            paths.update(dict.fromkeys(fields[1].split(","), fields[2]))
    return paths


def _mounts(root: Path) -> Iterator[tuple[str, str, str]]:
    """(controllers, root within the hierarchy, mount point); no controllers = v2."""
    for line in read_text(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        left, right = before.split(), after.split()
        if len(left) >= 5 and len(right) >= 3 and right[0] in ("cgroup", "cgroup2"):
            controllers = right[-1] if right[0] == "cgroup" else ""
            yield controllers.removeprefix("rw,").removeprefix("ro,"), left[3], left[4]


def _below(path: str, mount_root: str) -> PurePosixPath:
    """The process's path inside the mount; the mount itself where the path lies outside of it."""
    inside = PurePosixPath(path)
    if ".." not in inside.parts and inside.is_relative_to(mount_root):
        return inside.relative_to(mount_root)
    return PurePosixPath()


def _upwards(mount: Path, inside: PurePosixPath) -> Iterator[Path]:
    for level in (inside, *inside.parents):
        folder = mount / level
        if folder.is_dir():
            yield folder
