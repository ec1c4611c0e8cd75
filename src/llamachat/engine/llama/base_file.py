"""Probabilities of one model on a disk, for others to be compared with: llama-perplexity's file.

    "_logits_"  n_ctx  n_vocab  n_chunk  tokens[n_chunk * n_ctx]  then the packed rows of each chunk

Numbers are 32-bit integers. Either program reads what the other wrote. Knows bytes, no engine.
"""

from __future__ import annotations

import struct
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from llamachat.engine.llama.log_probs import Floats, Packed, Tokens, pack, packed_width
from llamachat.errors import ModelError

MAGIC = b"_logits_"
_COUNTS = struct.Struct("<iii")
_MOST = 1 << 24
_NOT_KEPT = "nothing could be kept to compare the others with"


def scored_rows(n_ctx: int) -> int:
    """Of a chunk: its second half but for the last token, which nothing follows."""
    return n_ctx - 1 - n_ctx // 2


def chunk_bytes(n_ctx: int, n_vocab: int) -> int:
    return scored_rows(n_ctx) * packed_width(n_vocab) * 2


class BaseWriter:
    """Writes a file as the chunks come; the text's tokens go first."""

    def __init__(self, path: Path, tokens: Tokens, n_vocab: int) -> None:
        n_chunk, n_ctx = tokens.shape
        self.n_chunk = n_chunk
        self._file: BinaryIO = path.open("wb")
        self._file.write(MAGIC + _COUNTS.pack(n_ctx, n_vocab, n_chunk))
        self._file.write(tokens.astype("<i4").tobytes())

    def add(self, packed: Packed) -> None:
        self._file.write(packed.astype("<u2", copy=False).tobytes())

    def close(self) -> None:
        self._file.close()


class Keeping:
    """The file of probabilities that is written meanwhile, as long as the disk takes it."""

    def __init__(self, path: Path | None, most: int, chunks: Tokens, n_vocab: int) -> None:
        """`most` is how many bytes may be kept: as many chunks as fit, from the first."""
        self.remark = ""
        self._path = path
        self._written = 0
        self._writer: BaseWriter | None = None
        self.chunks = min(len(chunks), most // chunk_bytes(chunks.shape[1], n_vocab)) if path else 0
        if path is not None and not self.chunks:
            self.remark = f"{_NOT_KEPT}: the disk has too little room"
        elif path is not None:
            with self._disk():
                self._writer = BaseWriter(path, chunks[: self.chunks], n_vocab)

    def add(self, logits: Floats) -> None:
        if self._writer is not None and self._written < self.chunks:
            with self._disk():
                self._writer.add(pack(logits))
            self._written += 1

    def close(self) -> None:
        if self._writer is not None:
            with self._disk():
                self._writer.close()

    def _disk(self) -> ExitStack:
        """A disk that refuses ends the keeping, not the scoring."""
        guard = ExitStack()
        guard.push(self._refused)
        return guard

    def _refused(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, OSError):
            return False
        self.remark = f"{_NOT_KEPT}: {error.strerror or error}"
        self.chunks, writer, self._writer = 0, self._writer, None
        with suppress(OSError):
            if writer is not None:
                writer.close()
            if self._path is not None:
                self._path.unlink(missing_ok=True)
        return True


class BaseReader:
    """Reads a file chunk by chunk.

    Raises (on construction):
        ModelError: it is no such file, or not whole.
    """

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        try:
            head = self._file.read(len(MAGIC) + _COUNTS.size)
            if len(head) < len(MAGIC) + _COUNTS.size or not head.startswith(MAGIC):
                raise ModelError(f"{path} holds no probabilities.")
            n_ctx, self.n_vocab, n_chunk = _COUNTS.unpack(head[len(MAGIC) :])
            if not all(0 < count <= _MOST for count in (n_ctx, self.n_vocab, n_chunk)):
                raise ModelError(f"{path} holds impossible counts.")
            self._rows = scored_rows(n_ctx)
            expected = len(head) + n_chunk * (4 * n_ctx + chunk_bytes(n_ctx, self.n_vocab))
            if path.stat().st_size != expected:
                raise ModelError(f"{path} is not whole.")
            tokens = np.frombuffer(self._file.read(4 * n_ctx * n_chunk), "<i4")
            self.tokens: Tokens = tokens.reshape(n_chunk, n_ctx).astype(np.int32)
        except BaseException:
            self._file.close()
            raise

    def next(self) -> Packed:
        """The rows of the next chunk."""
        width = packed_width(self.n_vocab)
        data = self._file.read(self._rows * width * 2)
        return np.frombuffer(data, "<u2").reshape(self._rows, width).astype(np.uint16, copy=False)

    def close(self) -> None:
        self._file.close()
