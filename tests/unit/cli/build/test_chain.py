"""The whole way from weights to a small model can be verified years later."""

import os
from pathlib import Path

from tests.unit.build.hf_folders import CASES, write_folder
from tests.unit.cli.build.conftest import Build

CASE = next(case for case in CASES if case.name == "mha")


def test_verifying_follows_the_chain_to_the_weights(build: Build, tmp_path: Path) -> None:
    folder = tmp_path / "mha"
    write_folder(folder, CASE)
    assert build(folder, "--type", "f16", "--name", "whole").code == 0
    built = build("whole", "--type", "q8_0", "--name", "small")
    path = built.paths[0]
    fine = build("small", command="models verify")
    assert fine.code == 0, fine.err
    assert "Built from 4 files; all are as they were." in fine.out
    (folder / "config.json").unlink()
    (folder / "tokenizer.model").write_bytes(b"another")
    still = build("small", command="models verify")
    assert still.code == 0
    assert "Built from 4 files; 2 are as they were." in still.out
    assert f"{folder}/config.json is gone." in still.out
    assert f"{folder}/tokenizer.model was changed since." in still.out
    shown = build("small", command="models show")
    assert "built from" in shown.out
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"?")
    broken = build("small", command="models verify")
    assert broken.code == 4
    assert "Build it again: llamachat build " in broken.out
