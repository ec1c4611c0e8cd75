"""Probabilities on a disk: what is written is read, and what is not whole is refused."""

import errno
import struct
from pathlib import Path

import numpy as np
import pytest

from llamachat.engine.llama.base_file import BaseReader, BaseWriter, Keeping, chunk_bytes
from llamachat.engine.llama.log_probs import Packed, pack
from llamachat.errors import ModelError

N_CTX, N_VOCAB = 8, 5
TOKENS = np.arange(2 * N_CTX, dtype=np.int32).reshape(2, N_CTX)


def rows(seed: int) -> Packed:
    return pack(np.random.default_rng(seed).normal(0, 2, (3, N_VOCAB)).astype(np.float32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    writer = BaseWriter(tmp_path / "base", TOKENS, N_VOCAB)
    writer.add(rows(1))
    writer.add(rows(2))
    writer.close()
    return tmp_path / "base"


def test_what_was_written_is_read(path: Path) -> None:
    reader = BaseReader(path)
    assert reader.n_vocab == N_VOCAB
    assert (reader.tokens == TOKENS).all()
    assert (reader.next() == rows(1)).all()
    assert (reader.next() == rows(2)).all()
    reader.close()


def test_the_bytes_are_llama_perplexitys(path: Path) -> None:
    data = path.read_bytes()
    assert data[:20] == b"_logits_" + struct.pack("<iii", N_CTX, N_VOCAB, 2)
    assert len(data) == 20 + 2 * N_CTX * 4 + 2 * chunk_bytes(N_CTX, N_VOCAB)
    assert chunk_bytes(512, 32000) == 255 * 32004 * 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:10],
        lambda data: b"_nonsense" + data[9:],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:8] + struct.pack("<i", -1) + data[12:],
        lambda data: data[:12] + struct.pack("<i", 2**31 - 1) + data[16:],
    ],
)
def test_what_is_not_whole_is_refused(path: Path, spoil: "type[bytes]") -> None:
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ModelError):
        BaseReader(path)


def logits(seed: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.random.default_rng(seed).normal(0, 2, (3, N_VOCAB)).astype(np.float32)


def test_as_many_chunks_are_kept_as_there_is_room_for(tmp_path: Path) -> None:
    room = chunk_bytes(N_CTX, N_VOCAB) + 1
    keeping = Keeping(tmp_path / "base", room, TOKENS, N_VOCAB)
    keeping.add(logits(1))
    keeping.add(logits(2))
    keeping.close()
    assert (keeping.chunks, keeping.remark) == (1, "")
    reader = BaseReader(tmp_path / "base")
    assert (reader.next() == rows(1)).all()
    reader.close()


def test_a_disk_without_room_for_one_is_told(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path / "base", 10, TOKENS, N_VOCAB)
    keeping.add(logits(1))
    keeping.close()
    assert keeping.chunks == 0
    assert "too little room" in keeping.remark
    assert not (tmp_path / "base").exists()


def test_nothing_is_kept_where_nobody_asks(tmp_path: Path) -> None:
    keeping = Keeping(None, 1 << 30, TOKENS, N_VOCAB)
    keeping.add(logits(1))
    keeping.close()
    assert (keeping.chunks, keeping.remark) == (0, "")


def test_a_full_disk_ends_the_keeping_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: BaseWriter, packed: Packed) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(BaseWriter, "add", full)
    keeping = Keeping(tmp_path / "base", 1 << 30, TOKENS, N_VOCAB)
    keeping.add(logits(1))
    keeping.add(logits(2))
    keeping.close()
    assert keeping.chunks == 0
    assert "No space left" in keeping.remark
    assert not (tmp_path / "base").exists()
