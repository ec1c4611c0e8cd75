"""What the library keeps of a result builds the very same file once more; and its name is known."""

import hashlib
import shlex
from pathlib import Path

import pytest

from llamachat.models.manifest import Manifest, find
from tests.unit.cli.build.conftest import Build

ORDERS = [
    ("--type", "q4_k_m,q8_0", "--keep-f16"),
    ("--type", "q4_0,f16,bf16", "--pure", "--intermediate", "bf16", "--name", "mine"),
    ("--type", "q8_0", "--token-embedding-type", "q5_1", "--adapter", "{}/plain"),
    ("--adapter", "{}/plain", "--adapter-only", "--type", "f16"),
]


def remembered(path: Path) -> Manifest:
    manifest = find(path)
    assert manifest is not None
    return manifest


@pytest.mark.parametrize("order", ORDERS)
def test_each_result_is_built_again_in_its_place(
    build: Build, tmp_path: Path, order: tuple[str, ...]
) -> None:
    first = build("{}/mha", *order, "--out", f"{tmp_path}/some models/")
    assert first.code == 0, first.err
    for path in first.paths:
        before = remembered(path)
        path.write_bytes(b"damaged")
        again = build(*shlex.split(before.recipe["command"])[2:])
        assert again.code == 0, again.err
        assert again.paths == [path]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == before.sha256
        after = remembered(path)
        assert (after.name, after.recipe) == (before.name, before.recipe)


def test_an_adapter_is_found_by_its_name(build: Build) -> None:
    (path,) = build("{}/mha", "--adapter", "{}/plain", "--adapter-only").paths
    assert build("plain-lora-f32", command="models path").paths == [path]
    assert build("plain-lora-f32", command="models verify").code == 0
    taken = build("{}/mha", "--type", "q8_0", "--name", "plain-lora-f32")
    assert "There is a model plain-lora-f32 already" in taken.err
    assert "models rm plain-lora-f32" in taken.err
    gone = build("plain-lora-f32", "--yes", command="models rm")
    assert gone.code == 0, gone.err
    assert not path.exists()
    assert build("{}/mha", "--type", "q8_0", "--name", "plain-lora-f32").code == 0
