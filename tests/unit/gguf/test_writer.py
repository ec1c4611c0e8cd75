"""The writer of GGUF files: golden bytes, streaming, and nothing half-written."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.errors import LlamaChatError
from llamachat.gguf.metadata import Array, Metadata, ValueType, array, text, u32
from llamachat.gguf.reader import read_header
from llamachat.gguf.types import TENSOR_TYPE
from llamachat.gguf.writer import Block, TensorSource, write_gguf
from tests.unit.gguf import craft


def source(name: str, shape: tuple[int, ...], kind: str, *blocks: Block) -> TensorSource:
    return TensorSource(name, shape, TENSOR_TYPE[kind], lambda: iter(blocks))


def test_file_equals_the_one_made_by_hand(tmp_path: Path) -> None:
    metadata: Metadata = {
        "general.architecture": text("llama"),
        "general.name": text("small"),
        "tokenizer.ggml.tokens": array(ValueType.STRING, ["<unk>", "", "▁a"]),
        "tokenizer.ggml.scores": array(ValueType.FLOAT32, [0.0, -1.0, -2.0]),
        "llama.block_count": u32(7),
    }
    tensors = [
        source("a.weight", (4, 2), "f32", bytes(20), bytes(12)),
        source("b.weight", (32, 3), "q4_0", memoryview(bytes(54))),
    ]
    path = tmp_path / "new folder" / "model.gguf"
    size = write_gguf(path, metadata, tensors)
    padded = craft.small() + bytes(-54 % 32)
    assert path.read_bytes() == padded
    assert size == len(padded)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    metadata: Metadata = {"general.alignment": u32(64), "a": array(ValueType.INT8, [])}
    tensors = [source("a", (3,), "f32", b"x" * 12), source("b", (2, 2), "f16", b"y" * 8)]
    path = tmp_path / "model.gguf"
    write_gguf(path, metadata, tensors, alignment=64)
    header = read_header(path)
    assert header.metadata == metadata
    assert [tensor.offset for tensor in header.tensors] == [0, 64]
    assert header.data_offset % 64 == 0
    assert path.read_bytes()[header.data_offset + 64 :][:8] == b"y" * 8


def test_blocks_are_asked_for_only_as_they_are_written(tmp_path: Path) -> None:
    alive = 0

    def blocks() -> Iterator[bytes]:
        nonlocal alive
        for _ in range(64):
            alive += 1
            assert alive == 1
            yield bytes(1 << 10)
            alive -= 1

    tensor = TensorSource("a", (1 << 14,), TENSOR_TYPE["f32"], blocks)
    seen: list[int] = []
    write_gguf(tmp_path / "a.gguf", {}, [tensor], progress=seen.append)
    assert len(seen) == 64
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    "tensors",
    [
        [source("a", (2,), "f32", bytes(4))],
        [source("a", (2,), "f32", bytes(12))],
        [source("a", (0,), "f32")],
        [source("a", (1,) * 5, "f32")],
        [source("a", (48,), "q4_0")],
        [source("", (1,), "f32")],
        [source("n" * 64, (1,), "f32")],
        [source("a", (1,), "f32", bytes(4))] * 2,
    ],
    ids=["short", "long", "empty", "5-d", "half block", "no name", "long name", "twice"],
)
def test_wrong_tensors_are_refused_and_nothing_is_left(
    tensors: list[TensorSource], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"tensor name|has the shape|do not fit|bytes"):
        write_gguf(tmp_path / "model.gguf", {}, tensors)
    assert list(tmp_path.iterdir()) == []


def test_skipped_array_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="skipped"):
        write_gguf(tmp_path / "a.gguf", {"a": Array(ValueType.INT8, 3, None)}, [])


def test_interrupted_writing_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"old")

    def blocks() -> Iterator[bytes]:
        yield bytes(4)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_gguf(path, {}, [TensorSource("a", (2,), TENSOR_TYPE["f32"], blocks)])
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_is_one_plain_error(tmp_path: Path) -> None:
    def blocks() -> Iterator[bytes]:
        yield bytes(4)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "model.gguf"
    with pytest.raises(LlamaChatError, match="No space left") as caught:
        write_gguf(path, {}, [TensorSource("a", (2,), TENSOR_TYPE["f32"], blocks)])
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []
