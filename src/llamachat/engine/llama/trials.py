"""Times setups on the model that is loaded: the bench of the tuning search.

At most two small contexts are open at once, as deep as the free memory allows; they are gone when
the search ends or is dropped. Knows nothing of what is tried, or why.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.llama.openmp import release_team
from llamachat.engine.llama.trial_context import ROOM, SEED, Stopped, TrialContext
from llamachat.engine.tuning.candidates import present
from llamachat.engine.tuning.search import search
from llamachat.engine.tuning.values import Setup, Step, Task, Work
from llamachat.errors import EngineError, OutOfMemory
from llamachat.hardware.busy import used_by_others
from llamachat.hardware.memory import read_memory

DEPTHS = (512, 128, SEED)
"""at which is decoded; the first for which there is memory is used"""
MEMORY = 0.75
"""of what is free: it is given back within seconds"""
SAMPLES = 100
"""the seconds of a search, divided by this, are those of a sample, but for LONGEST"""
LONGEST = 0.5


def tuning_steps(loaded: LoadedModel, task: Task) -> Generator[Step, None, None]:
    """The search of `task` on this model; ends early where somebody sets the abort flag."""
    trials = Trials(loaded, min(task.seconds / SAMPLES, LONGEST))
    try:
        yield from search(task, present(loaded.options, loaded.info), trials)
    except Stopped:
        return
    finally:
        trials.close()
        release_team()


class Trials:
    """A `Bench`; each sample takes at least `seconds`."""

    def __init__(self, loaded: LoadedModel, seconds: float) -> None:
        self._loaded = loaded
        self._seconds = seconds
        self._batch = present(loaded.options, loaded.info).n_ubatch
        self._depth = 0
        """0 = not known yet, as below"""
        self._share = 0.0
        """of the layers of a prompt"""
        self._open: dict[tuple[str, str], TrialContext] = {}
        """by flash attention and type of the KV cache, the one used last at the end"""

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def sample(self, setup: Setup, work: Work) -> float:
        """Seconds per token.

        Raises:
            EngineError, OutOfMemory: the setup is not possible here.
            Stopped: somebody wants something else.
        """
        if self._loaded.stop.raw[0] != 0:
            raise Stopped
        context = self._context(setup)
        context.use_threads(setup.threads, setup.threads_batch)
        if work == "decode":
            return context.decode(self._seconds)
        return context.prefill(setup.n_ubatch, self._share, self._seconds)

    def others(self) -> float:
        return used_by_others()

    def _context(self, setup: Setup) -> TrialContext:
        key = (setup.flash_attention, setup.cache_type)
        context = self._open.pop(key, None)
        if context is None:
            while len(self._open) > 1:
                self._open.pop(next(iter(self._open))).close()
            context = self._opened(setup)
        self._open[key] = context
        return context

    def _opened(self, setup: Setup) -> TrialContext:
        loaded = self._loaded
        self._depth = self._depth or _depth(loaded, self._batch)
        options = replace(
            loaded.options,
            n_ctx=self._depth + max(self._batch, ROOM),
            n_batch=self._batch,
            n_ubatch=self._batch,
            threads=setup.threads,
            threads_batch=setup.threads_batch,
            flash_attention=setup.flash_attention,
            cache_type_k=setup.cache_type,
            cache_type_v=setup.cache_type,
        )
        context = TrialContext(loaded, options, depth=self._depth)
        if not self._share:
            self._share = self._layers(context)
        return context

    def _layers(self, context: TrialContext) -> float:
        """As few as a sample needs, at least one: what a batch takes, guessed from a small one."""
        expected = context.seed_seconds * self._batch
        share = max(self._seconds / expected, 1 / max(1, self._loaded.info.n_layer))
        return share if share < 0.5 else 1.0


def _depth(loaded: LoadedModel, batch: int) -> int:
    """The depth for which there is memory twice.

    Raises:
        EngineError: the model forgets or moves what it holds in a way of its own.
        OutOfMemory: not even the smallest fits.
    """
    library, model, info = bindings(), loaded.model, loaded.info
    unusual = (
        library.llama_model_is_recurrent(model)
        or library.llama_model_is_hybrid(model)
        or library.llama_model_has_encoder(model)
        or library.llama_model_is_diffusion(model)
        or library.llama_model_rope_type(model) == library.LLAMA_ROPE_TYPE_NONE
    )
    if unusual:
        raise EngineError(f"Models of the kind {info.architecture} are not measured.")
    depths = DEPTHS[-1:] if library.llama_model_n_swa(model) else DEPTHS
    cell, room = info.memory.kv_cache / info.n_ctx, MEMORY * read_memory().usable
    for depth in depths:
        if 2 * (cell * (depth + max(batch, ROOM)) + info.memory.compute) < room:
            return depth
    raise OutOfMemory("There is no memory to measure in.")
