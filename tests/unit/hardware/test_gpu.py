"""GPUs as NVIDIA's driver lists them."""

from pathlib import Path

from llamachat.hardware.gpu import read_nvidia_gpus
from tests.unit.hardware.trees import write_files

INFORMATION = "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 33\nBus Type: \t PCIe"


def test_gpus_are_named_one_each(tmp_path: Path) -> None:
    folder = "proc/driver/nvidia/gpus/0000:{}:00.0/information"
    root = write_files(tmp_path, {folder.format("19"): INFORMATION, folder.format("3b"): "IRQ: 3"})
    assert read_nvidia_gpus(root) == ("NVIDIA H100 80GB HBM3",)


def test_machine_without_the_driver_has_none(tmp_path: Path) -> None:
    assert read_nvidia_gpus(tmp_path) == ()
