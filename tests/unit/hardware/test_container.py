"""How a container shows."""

from pathlib import Path

import pytest

from llamachat.hardware.container import read_container
from tests.unit.hardware.trees import write_files


@pytest.mark.parametrize(
    ("files", "environ", "kind"),
    [
        ({}, {}, ""),
        ({".dockerenv": ""}, {}, "Docker"),
        ({"run/.containerenv": ""}, {"container": "oci"}, "Podman"),
        ({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "Kubernetes"),
        ({}, {"container": "lxc"}, "lxc"),
    ],
)
def test_container_is_known_by_its_marks(
    tmp_path: Path, files: dict[str, str], environ: dict[str, str], kind: str
) -> None:
    assert read_container(write_files(tmp_path, files), environ) == kind
