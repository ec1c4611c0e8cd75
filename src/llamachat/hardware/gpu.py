"""Which GPUs the machine has, as its drivers describe them; loads no GPU library."""

from __future__ import annotations

from pathlib import Path

from llamachat.hardware.cgroup import ROOT
from llamachat.hardware.sysfs import read_table


def read_nvidia_gpus(root: Path = ROOT) -> tuple[str, ...]:
    """Models of the GPUs that NVIDIA's Linux driver serves, without a child or a CUDA context."""
    known = sorted((root / "proc/driver/nvidia/gpus").glob("*/information"))
    models = (read_table(path).get("Model", "") for path in known)
    return tuple(model for model in models if model)
