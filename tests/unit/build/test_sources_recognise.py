"""A path that is no source gets one sentence that says what it is, and what to give instead."""

import os
from pathlib import Path

import pytest

from llamachat.build.source import open_source
from llamachat.build.sources.recognise import Kind, recognise
from llamachat.errors import ModelError
from llamachat.gguf.generated import write_generated_llama
from tests.unit.build.hf_folders import CASES, write_folder
from tests.unit.build.meta_folders import meta_params, meta_weights, write_meta


def test_every_kind_is_recognised(tmp_path: Path) -> None:
    write_folder(tmp_path / "hf", CASES[0])
    write_meta(tmp_path / "meta", meta_weights(CASES[0]), meta_params(CASES[0]), "f32", 1)
    write_generated_llama(tmp_path / "m.gguf", ftype="f16")
    (tmp_path / "new.bin").write_bytes(b"24ka" + bytes(300))
    kinds = {
        "hf": Kind.HUGGING_FACE,
        "meta": Kind.META,
        "m.gguf": Kind.GGUF,
        "new.bin": Kind.LLAMA2C,
    }
    assert {name: recognise(tmp_path / name) for name in kinds} == kinds
    assert open_source(tmp_path / "m.gguf").kind == "GGUF"


def test_a_config_beside_metas_files_does_not_hide_them(tmp_path: Path) -> None:
    write_meta(tmp_path / "m", meta_weights(CASES[0]), meta_params(CASES[0]), "f32", 1)
    (tmp_path / "m/config.json").write_text("{}")
    assert recognise(tmp_path / "m") is Kind.META


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "is an empty folder. llamachat builds from a Hugging Face folder, a Trainer's"),
        (("notes.txt",), "is a folder without a model"),
        (("adapter_config.json", "adapter_model.safetensors"), "is a LoRA adapter .* --adapter "),
        (("params.json", "consolidated.safetensors"), "has Mistral's own"),
        (("checkpoint-50", "checkpoint-500"), "folder of a training.*checkpoint-500$"),
        (("a.gguf", "b.gguf"), "is a folder of GGUF files.*a.gguf"),
        (("model.safetensors",), "has weights but no config.json"),
        (("config.json",), "has no weights: no model.safetensors"),
    ],
)
def test_a_folder_without_a_model_is_named(
    tmp_path: Path, names: tuple[str, ...], words: str
) -> None:
    for name in names:
        (tmp_path / name).write_text('{"architectures": ["LlamaForCausalLM"]}')
    with pytest.raises(ModelError, match=words):
        open_source(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", b"{}", "is one file of a model.*Give the folder: llamachat build "),
        ("model.safetensors", b"\x10" + bytes(7) + b"{}", "is one file of a model"),
        ("pytorch_model.bin", b"PK\3\4", "is one file of a model"),
        ("m.pth", b"version https://git-lfs.github.com/spec/v1\nsize 5\n", "Git LFS pointer"),
        ("m.bin", b"24ka\2\0\0\0" + bytes(300), r"quantized \(version 2\)"),
        ("m.bin", b"24ka\7\0\0\0" + bytes(300), "of version 7"),
        ("m.bin", b"24ka", "ends inside its header"),
        ("m.bin", b"24ka\1\0\0\0" + b"\1\0\0\0" * 70, "heads of 1 dimensions"),
        ("m.gz", b"\x1f\x8b1234", "is a gzip archive"),
        ("m.txt", b"hello", "is a text file"),
        ("m.ckpt", b"\x80\x02}q\0.", "is a Python pickle.*llamachat builds from a Hugging Face"),
        ("m", b"", "is empty"),
        ("m.ggml", b"lmgg" + bytes(40), "old ggml format"),
    ],
)
def test_a_file_that_is_no_model_is_named(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=words):
        open_source(tmp_path / name)


def test_what_is_not_there_or_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no"):
        open_source(tmp_path / "nothing")
    with pytest.raises(ModelError, match="There is no"):
        open_source(tmp_path / "a\0b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelError, match="neither a file nor a folder"):
        open_source(tmp_path / "pipe")


def test_an_old_llama2c_file_of_the_wrong_size_is_not_taken_for_one(tmp_path: Path) -> None:
    numbers = b"".join(n.to_bytes(4, "little") for n in (64, 172, 5, 8, 4, 512, 512))
    (tmp_path / "m.bin").write_bytes(numbers + bytes(100))
    with pytest.raises(ModelError, match="one file of a model"):
        open_source(tmp_path / "m.bin")
