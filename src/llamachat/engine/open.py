"""Opening an engine: look at the file, choose the rung, load the model.

The order matters: a damaged file is refused before anything is loaded, and no kernel is used that
was not proved to run here. Knows which implementation to take; nothing of prompts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.engine.ladder import Ladder
from llamachat.engine.params import EngineOptions
from llamachat.gguf.reader import read_header
from llamachat.hardware.cores import default_threads, read_cores

if TYPE_CHECKING:
    from llamachat.engine.llama.engine import LlamaEngine
    from llamachat.engine.process import ProcessEngine


def open_engine(
    model: Path | str,
    *,
    options: EngineOptions | None = None,
    isolated: bool = True,
    on_progress: Callable[[float], None] | None = None,
) -> ProcessEngine | LlamaEngine:
    """Load a model, in a process of its own unless `isolated` is off.

    Args:
        options: how to load it; `options.model` gives way to `model`.
        on_progress: hears the fraction loaded, 0 to 1.

    Raises:
        ModelError: the file is missing, damaged or no model.
        UnsupportedCPU: the installed engine does not run on this processor.
        OutOfMemory: the context does not fit.
        EngineError: the engine is missing, refuses the options or died.
    """
    header = read_header(Path(model), arrays=False)
    types = header.weight_types
    wanted = replace(options, model=Path(model)) if options else EngineOptions(Path(model))
    threads = wanted.threads or default_threads(read_cores())
    ladder = Ladder.open(threads)
    settled = replace(
        wanted,
        threads=threads,
        threads_batch=wanted.threads_batch or threads,
        extra_buffers=ladder.choose(types).rung == "fast" and wanted.extra_buffers,
    )
    if isolated:
        from llamachat.engine.process import ProcessEngine

        lower = partial(ladder.after_death, types)
        return ProcessEngine(settled, on_progress=on_progress, on_death=lower)
    from llamachat.engine.llama.engine import LlamaEngine

    return LlamaEngine(settled, on_progress=on_progress)
