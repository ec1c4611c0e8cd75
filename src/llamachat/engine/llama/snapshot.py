"""A KV state on disk: llama.cpp's own sequence file, followed by a seal of ours.

The seal (JSON, its length and CRC-32, a magic) says for which key the state was saved, which turn
each token belongs to, which answers were sampled as which tokens, and the checksums of everything
before it. A state that is torn, altered or made under another key is not loaded: the caller
evaluates the prompt again instead. It holds what was said, so only its owner may read it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import struct
import zlib
from itertools import groupby
from pathlib import Path
from typing import Any

from llamachat.engine.context import Tokens
from llamachat.engine.llama.block_checksums import BLOCK, block_checksums
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.state_file import MAGIC
from llamachat.errors import EngineError

_TAIL = struct.Struct("<QI")
_MAX_SEAL = 1 << 24


def save_snapshot(loaded: LoadedModel, log: Tokens, path: Path, key: str) -> int:
    """Write sequence 0 beside `path`, seal it, then take its name. Returns the tokens it holds.

    Raises:
        EngineError: the state could not be written (no space, no permission).
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    array = (ctypes.c_int32 * len(log))(*log.ids)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        if not bindings().llama_state_seq_save_file(
            loaded.context, os.fsencode(partial), 0, array, len(log)
        ):
            raise EngineError(f"The KV state could not be written to {path.parent}.")
        _seal(partial, log, key, loaded.vocab.spoken_in(log.ids))
        partial.replace(path)
    except OSError as error:
        raise EngineError(
            f"The KV state could not be written to {path.parent}: {error.strerror}."
        ) from None
    finally:
        with contextlib.suppress(OSError):  # the folder itself may be what is wrong
            partial.unlink()
    return len(log)


def load_snapshot(cache: Cache, loaded: LoadedModel, path: Path, key: str) -> int:
    """Replace the cache by a whole snapshot saved under `key`; returns its tokens.

    0 where it is missing or another's: the cache is then as it was; or damaged: it may be empty.
    Keys and values are checked while they are loaded, since wrong ones can do no harm until then;
    what says how they are to be read lies in the first block, and is checked before.
    """
    from concurrent.futures import ThreadPoolExecutor  # watching a prefill needs it too

    seal = _read_seal(path, key)
    turns = None if seal is None else _turns(seal["turns"], most=loaded.info.n_ctx)
    if seal is None or turns is None:
        return 0
    array, count = (ctypes.c_int32 * len(turns))(), ctypes.c_size_t()
    cache.clear()
    with ThreadPoolExecutor(1) as beside:
        checksums = beside.submit(_checksums, path, seal["size"])
        done = bindings().llama_state_seq_load_file(
            loaded.context, os.fsencode(path), 0, array, len(turns), ctypes.byref(count)
        )
    if not done or count.value != len(turns) or checksums.result() != seal["crc32"]:
        cache.clear()
        return 0
    cache.restored(Tokens(list(array), turns))
    loaded.vocab.believe_spoken(seal["spoken"])
    return len(turns)


def _turns(runs: list[list[int]], *, most: int) -> list[int] | None:
    """One turn number per token; None where they are more than the context holds."""
    if sum(length for _, length in runs) > most:
        return None
    return [turn for turn, length in runs for _ in range(length)]


def _seal(path: Path, log: Tokens, key: str, spoken: dict[str, tuple[int, ...]]) -> None:
    size = path.stat().st_size
    seal = {
        "key": key,
        "size": size,
        "crc32": block_checksums(path, size),
        "turns": [[turn, len(list(run))] for turn, run in groupby(log.turns)],
        "spoken": spoken,
    }
    data = json.dumps(seal).encode()
    with path.open("r+b") as file:
        file.seek(size)
        file.write(data + _TAIL.pack(len(data), zlib.crc32(data)) + MAGIC)
        file.flush()
        os.fsync(file.fileno())


def _checksums(path: Path, size: int) -> list[int]:
    try:
        return block_checksums(path, size)
    except OSError:  # removed meanwhile
        return []


def _read_seal(path: Path, key: str) -> dict[str, Any] | None:
    """That of a snapshot of this key that begins as it should."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            tail = _TAIL.size + len(MAGIC)
            if end < tail:
                return None
            file.seek(end - tail)
            length, crc = _TAIL.unpack(file.read(_TAIL.size))
            if file.read() != MAGIC or not 0 < length <= min(_MAX_SEAL, end - tail):
                return None
            size = end - tail - length
            file.seek(size)
            data = file.read(length)
        if zlib.crc32(data) != crc:
            return None
        seal: dict[str, Any] = json.loads(data)
        if seal["key"] != key or seal["size"] != size:
            return None
        return seal if block_checksums(path, min(size, BLOCK)) == seal["crc32"][:1] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
