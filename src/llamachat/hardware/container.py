"""Whether this process lives in a container, where swap and quota are set from outside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from llamachat.hardware.cgroup import ROOT


def read_container(root: Path = ROOT, environ: Mapping[str, str] | None = None) -> str:
    """The container's kind as far as it shows; empty outside of any."""
    env = os.environ if environ is None else environ
    if env.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    if (root / "run/.containerenv").exists():
        return "Podman"
    if (root / ".dockerenv").exists():
        return "Docker"
    return env.get("container", "")  # systemd-nspawn, LXC and Flatpak name themselves
