"""Scoring a text with a model, in a process of its own: perplexity, and likeness to another model.

Method and figures are llama-perplexity's. This is the parent's side: what is asked, what comes
back, how it is stopped. Knows nothing of llama.cpp or NumPy, which the child loads.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from llamachat.engine import wire
from llamachat.engine.child import in_words, open_log
from llamachat.engine.ladder import Ladder
from llamachat.engine.params import EngineOptions
from llamachat.errors import EngineError, UsageError
from llamachat.gguf.reader import read_header
from llamachat.hardware.cores import default_threads, read_cores
from llamachat.hardware.oom import oom_kills
from llamachat.text_file import TextError, read_text

N_CTX = 512
"""tokens of a chunk; llama-perplexity's default"""

N_BATCH = 2048
"""tokens evaluated together: four chunks, each a sequence of its own, as llama-perplexity does"""

MOST_KEPT = 4 << 30
"""bytes of probabilities that are kept of the model which others are compared with: 2 for every
scored token and token of the vocabulary, 16 MB a chunk of a Llama-2"""

MAX_TEXT = 64 << 20
"""bytes; the usual one, wikitext-2, has 1.3 MB"""


@dataclass(frozen=True, slots=True)
class ScoreOrder:
    """What is to be scored."""

    text: Path
    chunks: int = 0
    """at most so many; 0 = all of the text"""
    keep: Path | None = None
    """write the probabilities here, for models that are compared with this one"""
    most_kept: int = MOST_KEPT
    base: Path | None = None
    """probabilities of the model to compare with"""


@dataclass(frozen=True, slots=True)
class Scored:
    """So far."""

    done: int
    total: int
    """chunks"""
    perplexity: float


@dataclass(frozen=True, slots=True)
class Score:
    """What came of it. Errors are standard errors of the mean, as llama-perplexity prints them."""

    chunks: int
    tokens: int
    """that were scored"""
    perplexity: float
    perplexity_error: float
    kld: float | None = None
    kld_error: float | None = None
    same_top: float | None = None
    same_top_error: float | None = None
    kld_chunks: int = 0
    """on which the two were compared, or for which probabilities were kept"""
    remark: str = ""


class Scorer:
    """A child that scores one text with one model. `cancel` may come from any thread.

    Raises (on construction):
        ModelError: the file is missing, damaged or no model.
        EngineError: the process cannot be started.
    """

    def __init__(self, options: EngineOptions, order: ScoreOrder) -> None:
        settled = _on_its_rung(options)
        self._oom_before = oom_kills()
        try:
            with open_log() as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(
                    _command(settled, order),
                    stdin=subprocess.PIPE,  # never written: its end tells that the parent is gone
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise EngineError(f"The scoring process cannot be started: {error}.") from None

    def __enter__(self) -> Scorer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.cancel()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def cancel(self) -> None:
        self._process.kill()

    def run(
        self,
        on_progress: Callable[[Scored], object] = lambda scored: None,
        on_loading: Callable[[float], object] = lambda fraction: None,
    ) -> Score:
        """Follow it to its end.

        Raises:
            EngineDied: it was killed, cancelled too.
            LlamaChatError: the text is too short, or the model cannot be used.
        """
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = wire.from_line(line)
            match message.pop("event", ""):
                case "loading":
                    on_loading(message["fraction"])
                case "scored":
                    on_progress(Scored(**message))
                case "score":
                    return Score(**message)
                case "error":
                    raise wire.decode_error(message)
        code = self._process.wait()
        raise in_words(code, self._log_start, out_of_memory=oom_kills() > self._oom_before)


def text_of(path: Path) -> str:
    """What is scored: a file without the line end at its end, as llama-perplexity does it.

    Raises:
        UsageError: it cannot be read, or is no UTF-8 text.
    """
    try:
        return read_text(path, MAX_TEXT).removesuffix("\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except TextError as fault:
        raise UsageError(f"{path} {fault}.") from None


def decode_order(text: str) -> ScoreOrder:
    """What the parent asks the child for."""
    values: dict[str, Any] = json.loads(text)
    paths = {key: Path(values[key]) for key in ("text", "keep", "base") if values[key]}
    return ScoreOrder(**{**values, **paths})


def _command(options: EngineOptions, order: ScoreOrder) -> list[str]:
    asked = {
        key: str(value) if isinstance(value, Path) else value
        for key, value in asdict(order).items()
    }
    return [
        *(sys.executable, "-P", "-m", "llamachat.engine.llama.scoring"),
        *("--options", wire.encode_options(options), "--order", json.dumps(asked)),
    ]


def _on_its_rung(options: EngineOptions) -> EngineOptions:
    """With the threads and kernels that an engine for answers takes here."""
    header = read_header(options.model, arrays=False)
    threads = options.threads or default_threads(read_cores())
    fast = Ladder.open(threads).choose(header.weight_types).rung == "fast"
    return replace(
        options,
        threads=threads,
        threads_batch=options.threads_batch or threads,
        extra_buffers=fast and options.extra_buffers,
    )
