"""Model files are found where they lie, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.errors import ModelError
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.metadata import text
from llamachat.models import found
from llamachat.models.found import Place, describe, find_models, usual_places


def make(path: Path, name: str = "tiny") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_generated_llama(path, TINY, "q8_0", metadata={"general.name": text(name)})
    return path


def test_a_model_is_described_by_its_header(tmp_path: Path) -> None:
    path = make(tmp_path / "a.gguf", "Tiny One")
    model = describe(path)
    assert (model.name, model.ftype, model.size) == ("Tiny One", "Q8_0", path.stat().st_size)
    assert model.need.weights <= model.size


def test_a_vocabulary_without_weights_is_refused(tmp_path: Path) -> None:
    from llamachat.gguf.writer import write_gguf

    write_gguf(tmp_path / "vocab.gguf", {"general.architecture": text("llama")}, [])
    with pytest.raises(ModelError, match="a vocabulary without weights"):
        describe(tmp_path / "vocab.gguf")


def test_each_model_is_found_once_and_damaged_files_are_passed_over(tmp_path: Path) -> None:
    blob = make(tmp_path / "hub/models--a--b/blobs/1234.gguf")
    link = tmp_path / "hub/models--a--b/snapshots/abc/model.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    (tmp_path / "hub/broken.gguf").write_bytes(b"GGUF and no more")
    (tmp_path / "hub/gone.gguf").symlink_to(tmp_path / "nowhere")
    (tmp_path / "hub/loop").symlink_to(tmp_path / "hub")
    models = list(find_models([Place(tmp_path / "hub"), Place(tmp_path / "absent")]))
    assert [model.path for model in models] == [blob]


def test_the_current_folder_is_read_without_what_is_below(tmp_path: Path) -> None:
    make(tmp_path / "deep/er/a.gguf")
    here = make(tmp_path / "b.gguf")
    assert [m.path for m in find_models([Place(tmp_path, depth=1)])] == [here]
    assert len(list(find_models([Place(tmp_path)]))) == 2


def test_a_search_ends_whatever_the_folder_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").mkdir()
    make(tmp_path / "29" / "late.gguf")
    assert len(list(find_models([Place(tmp_path)]))) == 1
    monkeypatch.setattr(found, "MAX_ENTRIES", 20)
    assert list(find_models([Place(tmp_path)])) == []


def test_only_the_first_part_of_a_split_model_is_listed(tmp_path: Path) -> None:
    first = make(tmp_path / "big-00001-of-00002.gguf")
    make(tmp_path / "big-00002-of-00002.gguf")
    assert [model.path for model in find_models([Place(tmp_path)])] == [first]


def test_the_environment_moves_the_usual_places() -> None:
    env = {"HOME": "/home/anna", "HF_HOME": "/data/hf", "LLAMA_CACHE": "/data/llama"}
    folders = [str(place.folder) for place in usual_places(env)]
    assert {"/home/anna/models", "/data/hf/hub", "/data/llama"} <= set(folders)
    assert str(Path.cwd()) == folders[0]
