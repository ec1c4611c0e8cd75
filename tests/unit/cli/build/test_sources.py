"""Weights however they were published become the same model."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from llamachat.build.results import built_folder
from llamachat.gguf.reader import read_header
from tests.unit.build.hf_folders import CASES, weights_of
from tests.unit.build.meta_folders import meta_params, meta_weights, write_llama2c, write_meta
from tests.unit.cli.build.conftest import Build, Outcome

CASE = next(case for case in CASES if case.name == "mha")


def tensors_of(done: Outcome) -> dict[str, str]:
    """A hash of each tensor, by name."""
    assert done.code == 0, done.err
    (path,) = done.paths
    header, data = read_header(path), path.read_bytes()
    starts = {info.name: header.data_offset + info.offset for info in header.tensors}
    return {
        info.name: hashlib.sha256(data[starts[info.name] :][: info.n_bytes]).hexdigest()
        for info in header.tensors
    }


@pytest.fixture
def meta(originals: Path, tmp_path: Path) -> Path:
    """Two parts, with the checklist that Meta puts beside them."""
    folder = tmp_path / "meta"
    write_meta(folder, meta_weights(CASE), meta_params(CASE, ffn_dim_multiplier=0.7), "f32", 2)
    shutil.copy(originals / "mha" / "tokenizer.model", folder)
    sums = [
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    (folder / "checklist.chk").write_text("".join(sums))
    return folder


def test_meta_and_llama2_c_and_hugging_face_give_the_same_tensors(
    build: Build, meta: Path, originals: Path, tmp_path: Path
) -> None:
    write_llama2c(tmp_path / "c.bin", meta_weights(CASE), CASE, 1)
    shutil.copy(originals / "mha" / "tokenizer.model", tmp_path)
    known = tensors_of(build("{}/mha", "--type", "q5_k_m"))
    assert tensors_of(build(meta, "--type", "q5_k_m")) == known
    assert tensors_of(build(tmp_path / "c.bin", "--type", "q5_k_m")) == known
    assert len(known) == len(weights_of(CASE))


def test_a_checklist_is_held_against_its_files_first(build: Build, meta: Path) -> None:
    with (meta / "consolidated.01.pth").open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"?")
    planned = build(meta, "--type", "q4_0", "--dry-run")
    assert planned.code == 0, "a plan reads no weights"
    done = build(meta, "--type", "q4_0")
    assert done.code == 4
    assert "consolidated.01.pth" in done.err
    assert not built_folder().exists()


def test_a_checkpoint_of_a_trainer_is_named_after_its_training(
    build: Build, originals: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "poems" / "checkpoint-20"
    shutil.copytree(originals / "mha", folder)
    for name in ("optimizer.pt", "training_args.bin", "rng_state.pth"):
        (folder / name).write_bytes(b"\x80\x04cos\nsystem\n.")
    done = build(folder, "--type", "q8_0")
    assert done.paths == [built_folder() / "poems-checkpoint-20-Q8_0.gguf"]
    above = build(tmp_path / "poems", "--type", "q8_0")
    assert above.code == 3
    assert f"Give one of them, such as the latest: {folder}" in above.err


def test_the_same_base_under_another_name_needs_a_word(
    build: Build, originals: Path, tmp_path: Path
) -> None:
    adapter = tmp_path / "tuned"
    shutil.copytree(originals / "plain", adapter)
    config = json.loads((adapter / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "/home/somebody/weights"
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    argv = ("{}/mha", "--outtype", "q8_0", "--adapter", adapter, "--outfile", tmp_path / "m.gguf")
    refused = build(*argv)
    assert refused.code == 2
    assert "was trained on '/home/somebody/weights'" in refused.err
    assert build(*argv, "--any-base").paths == [tmp_path / "m.gguf"]
