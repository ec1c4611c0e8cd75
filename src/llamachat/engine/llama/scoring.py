"""Scores a text with a model, step by step as llama-perplexity does; a program of its own.

    python -m llamachat.engine.llama.scoring --options '{"model": "tiny.gguf"}' \\
        --order '{"text": "text.txt", …}'

The text is cut into chunks of 512 tokens, the first token of each gives way to the model's
beginning-of-text token where it has one, four chunks are evaluated together as four sequences, and
of each the tokens of its second half are predicted. One JSON object a line on standard output; when
standard input ends the parent is gone, and so is this.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from llamachat.engine import wire
from llamachat.engine.llama.base_file import BaseReader, Keeping, scored_rows
from llamachat.engine.llama.library import bindings, open_library
from llamachat.engine.llama.log_probs import Floats, Tally, Tokens
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.params import EngineOptions
from llamachat.engine.scoring import (
    N_BATCH,
    N_CTX,
    Score,
    Scored,
    ScoreOrder,
    decode_order,
    text_of,
)
from llamachat.errors import EngineError, ExitCode, LlamaChatError, UsageError

N_UBATCH = 512
SEQUENCES = N_BATCH // N_CTX
FIRST = N_CTX // 2
"""the first position of a chunk that is scored"""
OTHER_TOKENS = (
    "it cuts text into other tokens than the largest model: their perplexities cannot be compared, "
    "and there is no KL divergence"
)


class Evaluator:
    """Evaluates chunks with a loaded model, in a context of its own; the batch is reused."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded
        self._library = bindings()
        sized = replace(loaded.options, n_ctx=N_BATCH, n_batch=N_BATCH, n_ubatch=N_UBATCH)
        self._context = loaded.open_context(sized, sequences=SEQUENCES, unified=False)
        self._memory = self._library.llama_get_memory(self._context)
        self._batch = self._library.llama_batch_init(N_BATCH, 0, SEQUENCES)

    def close(self) -> None:
        self._library.llama_batch_free(self._batch)
        self._library.llama_free(self._context)

    def logits(self, chunks: Tokens) -> Iterator[Floats]:
        """Those of the scored positions of each chunk; a view that the next call overwrites.

        Raises:
            EngineError: llama.cpp could not evaluate them.
        """
        library = self._library
        self._fill(chunks)
        library.llama_memory_clear(self._memory, True)
        if code := library.llama_decode(self._context, self._batch):
            raise EngineError(f"llama.cpp could not evaluate {chunks.size} tokens (code {code}).")
        for number in range(len(chunks)):
            pointer = library.llama_get_logits_ith(self._context, number * N_CTX + FIRST)
            shape = (scored_rows(N_CTX), self._loaded.vocab.size)
            yield np.ctypeslib.as_array(pointer, shape=shape)

    def _fill(self, chunks: Tokens) -> None:
        """Each chunk a sequence, one after the other, its first token the model's own."""
        batch, vocab = self._batch, self._loaded.vocab
        for number, chunk in enumerate(chunks.tolist()):
            if vocab.add_bos:
                chunk[0] = vocab.bos
            for position, token in enumerate(chunk):
                place = number * N_CTX + position
                batch.token[place] = token
                batch.pos[place] = position
                batch.n_seq_id[place] = 1
                batch.seq_id[place][0] = number
                batch.logits[place] = position >= FIRST
        batch.n_tokens = chunks.size


def chunks_of(loaded: LoadedModel, text: str, most: int) -> Tokens:
    """The text's tokens in rows of a chunk.

    Raises:
        UsageError: it is too short.
    """
    vocab = loaded.vocab
    ids = vocab.plain(text)
    if vocab.add_bos:
        ids = [vocab.bos, *ids]
    if len(ids) < 2 * N_CTX:
        raise UsageError(
            f"The text has {len(ids):,} tokens, and {2 * N_CTX:,} are needed.",
            "Give a longer one: --text FILE",
        )
    count = len(ids) // N_CTX
    count = min(count, most) if most else count
    return np.array(ids[: count * N_CTX], np.int32).reshape(count, N_CTX)


def score(loaded: LoadedModel, order: ScoreOrder, say: Callable[[Scored], object]) -> Score:
    """Score the text.

    Raises:
        UsageError: the text cannot be read or is too short.
        EngineError: llama.cpp failed.
    """
    chunks = chunks_of(loaded, text_of(order.text), order.chunks)
    tally, n_vocab = Tally(), loaded.vocab.size
    with ExitStack() as opened:
        evaluator = opened.enter_context(closing(Evaluator(loaded)))
        keeping = opened.enter_context(
            closing(Keeping(order.keep, order.most_kept, chunks, n_vocab))
        )
        base = opened.enter_context(closing(BaseReader(order.base))) if order.base else None
        compared, remark = _comparable(base, chunks, n_vocab)
        for start in range(0, len(chunks), SEQUENCES):
            group = chunks[start : start + SEQUENCES]
            for number, logits in enumerate(evaluator.logits(group)):
                place = start + number
                kept = base.next() if base is not None and place < compared else None
                tally.add(logits, chunks[place, FIRST + 1 :], kept)
                keeping.add(logits)
            say(Scored(start + len(group), len(chunks), tally.perplexity))
    return _result(tally, len(chunks), compared or keeping.chunks, remark or keeping.remark)


def _comparable(base: BaseReader | None, chunks: Tokens, n_vocab: int) -> tuple[int, str]:
    """On how many chunks the two models can be compared, and why on none."""
    if base is None:
        return 0, ""
    count = min(len(base.tokens), len(chunks))
    if base.n_vocab != n_vocab or not np.array_equal(base.tokens[:count], chunks[:count]):
        return 0, OTHER_TOKENS
    return count, ""


def _result(tally: Tally, n_chunks: int, compared: int, remark: str) -> Score:
    found = Score(
        n_chunks,
        tally.surprise.count,
        tally.perplexity,
        tally.perplexity_error,
        kld_chunks=compared,
        remark=remark,
    )
    if not tally.apart.count:
        return found
    return replace(
        found,
        kld=tally.apart.value,
        kld_error=tally.apart.error,
        same_top=tally.same_top,
        same_top_error=tally.same_top_error,
    )


def open_model(options: EngineOptions, progress: Callable[[float], None]) -> LoadedModel:
    """Its own context stays as small as can be: another one is scored with."""
    return LoadedModel(replace(options, n_ctx=64, n_batch=64), progress)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="llamachat.engine.llama.scoring", description=__doc__)
    parser.add_argument("--options", required=True, help="JSON of EngineOptions")
    parser.add_argument("--order", required=True, help="JSON of ScoreOrder")
    arguments = parser.parse_args(argv)
    events = os.dup(1)
    os.dup2(2, 1)

    def say(event: str, values: Any) -> None:
        view = memoryview(wire.to_line({"event": event, **values}))
        while view:
            view = view[os.write(events, view) :]

    threading.Thread(target=_leave_with_parent, name="parent", daemon=True).start()
    try:
        open_library().echo = sys.stderr
        options = wire.decode_options(wire.from_line(arguments.options.encode()))
        loaded = open_model(options, lambda fraction: say("loading", {"fraction": fraction}))
        with closing(loaded):
            order = decode_order(arguments.order)
            found = score(loaded, order, lambda scored: say("scored", asdict(scored)))
        say("score", asdict(found))
    except LlamaChatError as error:
        say("error", wire.encode_error(error))
        return error.exit_code
    except BrokenPipeError:  # nobody listens any more
        return ExitCode.OK
    return ExitCode.OK


def _leave_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
