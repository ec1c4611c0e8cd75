"""The KV cache of one context, together with the log of what it holds.

The one place where tokens enter, leave or move in llama.cpp's memory, so that log and memory can
not drift apart: whatever happens in a decode, the log is set from what the memory says afterwards.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llamachat.engine.context import Inspection, Tokens
from llamachat.engine.llama.batch_shape import BUFFER, filled_up
from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.model import LoadedModel
from llamachat.errors import EngineError

_ABORTED = 2
"""llama_decode: stopped by the abort check; finished micro-batches stay in the memory"""


class Cache:
    """Sequence 0 of the loaded model's context."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._library = bindings()
        self._loaded = loaded
        self._memory = loaded.memory_handle
        self.log = Tokens()
        self.shift_pending = False
        """llama.cpp moves positions lazily: the next decode applies a shift"""
        self.row: int | None = None
        """of the last position among llama.cpp's logits, counted from their end; None where they
        are those of another"""
        self._fills_up = BUFFER in loaded.log.weight_buffers and not loaded.options.deterministic
        self._one = (ctypes.c_int32 * 1)()
        self._one_batch = self._library.llama_batch_get_one(self._one, 1)

    def __len__(self) -> int:
        return len(self.log)

    @property
    def stopped(self) -> bool:
        return self._loaded.stop.raw[0] != 0

    def clear(self) -> None:
        self._library.llama_memory_clear(self._memory, False)
        self.log = Tokens()
        self.shift_pending, self.row = False, None

    def truncate(self, length: int) -> None:
        """Forget everything from position `length` on."""
        if length >= len(self.log):
            return
        self.row = None
        if not self._library.llama_memory_seq_rm(self._memory, 0, length, -1):
            self.clear()  # recurrent memories can only be forgotten whole
            return
        self.log.truncate(length)

    @property
    def can_shift(self) -> bool:
        """Whether positions can move: not in recurrent memories, nor with some kinds of RoPE."""
        able: bool = self._library.llama_memory_can_shift(self._memory)
        return able

    @property
    def can_withdraw(self) -> bool:
        """Whether the last tokens can be forgotten: recurrent memories keep no former state, and
        those of sliding windows forget the other end when something is added."""
        library, model = self._library, self._loaded.model
        return not (
            library.llama_model_is_recurrent(model)
            or library.llama_model_is_hybrid(model)
            or library.llama_model_n_swa(model)
        )

    def remove(self, start: int, end: int) -> None:
        """Drop positions [start, end) and move the rest down; nothing is evaluated again."""
        self._library.llama_memory_seq_rm(self._memory, 0, start, end)
        self._library.llama_memory_seq_add(self._memory, 0, end, len(self.log), start - end)
        self.log.remove(start, end)
        self.shift_pending, self.row = True, None

    def restored(self, log: Tokens) -> None:
        """llama.cpp's memory was replaced from outside; `log` is what it holds now."""
        self.log = log
        self.shift_pending, self.row = False, None

    def decode_one(self, token: int, turn: int) -> bool:
        """Evaluate one token; False where it was stopped."""
        self._one[0] = token
        return self._evaluate(self._one_batch, Tokens([token], [turn]))

    def decode(self, tokens: Tokens) -> bool:
        """Evaluate a batch (at most n_batch tokens); False where it was stopped."""
        more = self._more(len(tokens))
        size = len(tokens) + more
        array = (ctypes.c_int32 * size)(*tokens.ids, *tokens.ids[-1:] * more)
        batch = self._library.llama_batch_get_one(array, size)
        if more:
            batch.logits = (ctypes.c_int8 * size)()
            batch.logits[len(tokens) - 1] = 1
        done = self._evaluate(batch, tokens)
        if done and more:
            self._library.llama_memory_seq_rm(self._memory, 0, len(self.log), -1)
        return done

    def _more(self, n_tokens: int) -> int:
        """Tokens to evaluate besides, and to forget, because that is faster."""
        more, info = self.rows_left(n_tokens), self._loaded.info
        size = n_tokens + more
        return more if len(self) + size <= info.n_ctx and size <= info.n_ubatch else 0

    def rows_left(self, n_tokens: int) -> int:
        """How many more tokens a batch would have room for at no cost."""
        if not self._fills_up or not self.can_withdraw:
            return 0
        return filled_up(n_tokens) - n_tokens

    def decode_each(self, tokens: Tokens) -> bool:
        """Evaluate a batch (at most n_ubatch tokens) with the logits of every position; False where
        it was stopped, and nothing was added."""
        array = (ctypes.c_int32 * len(tokens))(*tokens.ids)
        batch = self._library.llama_batch_get_one(array, len(tokens))
        batch.logits = (ctypes.c_int8 * len(tokens))(*[1] * len(tokens))
        return self._evaluate(batch, tokens)

    def withdraw(self, count: int) -> None:
        """Forget the last tokens of what `decode_each` evaluated; the logits before them stay."""
        self.truncate(len(self.log) - count)
        self.row = -1 - count

    def wait(self) -> None:
        """Until what was evaluated is there: a graphics card works on by itself."""
        self._library.llama_synchronize(self._loaded.context)

    def _evaluate(self, batch: Any, tokens: Tokens) -> bool:
        if self.shift_pending:
            with self._unstoppable():
                code = self._library.llama_decode(self._loaded.context, batch)
        else:
            code = self._library.llama_decode(self._loaded.context, batch)
        if code:
            return self._recover(code, tokens)
        self.log.extend(tokens)
        self.shift_pending, self.row = False, -1
        return True

    @contextmanager
    def _unstoppable(self) -> Iterator[None]:
        """While a shift is applied nothing may stop llama.cpp: it would leave some layers moved and
        others not, and move the former again with the next decode."""
        loaded, data = self._loaded, ctypes.cast(self._loaded.stop, ctypes.c_void_p)
        never = type(loaded.abort_check)()
        self._library.llama_set_abort_callback(loaded.context, never, None)
        try:
            yield
        finally:
            self._library.llama_set_abort_callback(loaded.context, loaded.abort_check, data)

    def _recover(self, code: int, tokens: Tokens) -> bool:
        """After an aborted or failed decode: believe the memory, trim it, say what happened."""
        before, self.row = len(self.log), None
        held = self._library.llama_memory_seq_pos_max(self._memory, 0) + 1
        kept = min(max(held, 0), before + len(tokens))
        self._library.llama_memory_seq_rm(self._memory, 0, kept, -1)
        if kept < before:
            self.log.truncate(kept)
        else:
            self.log.extend(tokens.slice(0, kept - before))
        if code == _ABORTED:
            return False
        raise EngineError(
            f"llama.cpp could not evaluate a batch of {len(tokens)} tokens (code {code}).",
            "A smaller -ub, or -c, may help; the engine's log says more.",
        )

    def logits(self) -> list[float]:
        """Logits of the last evaluated position, for tests and comparisons."""
        pointer: Any = self._library.llama_get_logits_ith(self._loaded.context, self.row or -1)
        return list(pointer[: self._loaded.vocab.size])

    def inspect(self) -> Inspection:
        logits = self.logits() if self.row is not None else ()
        return Inspection(tuple(self.log.ids), tuple(self.log.turns), tuple(logits))
