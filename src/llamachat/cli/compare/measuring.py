"""Measures models one after the other, each in processes of its own, and shows every figure.

The largest comes first, for the others are held against it. A model that fails leaves its reason in
its row, and the next one is taken; was it the largest, then the next largest takes its place. Knows
engines and the form of prompts; nothing of terminals.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.cli.compare.cancellation import Cancellation, Cancelled
from llamachat.compare.figures import Comparison, Quality, Row, largest
from llamachat.compare.settings import Settings, context_for, depths_within
from llamachat.compare.words import seconds
from llamachat.errors import LlamaChatError
from llamachat.models.parts import parts_of

if TYPE_CHECKING:
    from llamachat.engine.base import Engine
    from llamachat.engine.params import EngineOptions
    from llamachat.engine.process import ProcessEngine
    from llamachat.engine.scoring import Scored, ScoreOrder

Show = Callable[[Comparison, str], object]
"""hears of every new figure, and of what is being done: model and words"""

_BLOCK = 8 << 20
_BASE = "base.probabilities"


class Measuring:
    """One comparison; `comparison` is what is known so far."""

    def __init__(
        self,
        comparison: Comparison,
        settings: Settings,
        scratch: Path,
        cancel: Cancellation,
        show: Show,
    ) -> None:
        self.comparison = comparison
        self.failures: list[LlamaChatError] = []
        self._settings = settings
        self._scratch = scratch
        self._cancel = cancel
        self._show = show
        self._place = comparison.base
        self._keeps = False
        """whether the probabilities of the largest are there"""

    def run(self) -> Comparison:
        """Measure all models; where somebody asks to stop, what there is."""
        waiting = list(range(len(self.comparison.rows)))
        try:
            while waiting:
                self._place = self._next(waiting)
                waiting.remove(self._place)
                self._measure_row()
        except Cancelled:
            self.comparison = replace(self.comparison, interrupted=True)
        return self.comparison

    def _next(self, waiting: Sequence[int]) -> int:
        """The largest first; where it could not be scored, the largest of the rest."""
        base = self.comparison.base
        if base in waiting:
            return base
        if self.comparison.rows[base].quality or "perplexity" not in self._settings.what:
            return waiting[0]
        rows = self.comparison.rows
        base = waiting[largest([rows[place].subject.size for place in waiting])]
        self.comparison = replace(self.comparison, base=base)
        return base

    @property
    def _row(self) -> Row:
        return self.comparison.rows[self._place]

    def _measure_row(self) -> None:
        try:
            self._warm()
            self._measure_engine()
            if "perplexity" in self._settings.what:
                self._score()
        except Cancelled:
            raise
        except LlamaChatError as error:
            self.failures.append(error)
            self._note(fault=error.message)

    def _note(self, **figures: object) -> None:
        """Put figures into the row."""
        rows = list(self.comparison.rows)
        rows[self._place] = replace(self._row, **figures)  # type: ignore[arg-type]
        self.comparison = replace(self.comparison, rows=tuple(rows))
        self._say("")

    def _say(self, words: str) -> None:
        """Nothing is begun after a request to stop."""
        self._cancel.check()
        label = self._row.subject.label
        self._show(self.comparison, f"{label}: {words}" if words else "")

    def _warm(self) -> None:
        """Read the file once, so that all models are loaded from the page cache."""
        self._say("reading the file")
        room = bytearray(_BLOCK)
        for part in parts_of(Path(self._row.subject.path)):
            try:
                with part.open("rb", buffering=0) as file:
                    while file.readinto(room):
                        self._cancel.check()
            except OSError as error:
                raise LlamaChatError(f"{part} cannot be read: {error.strerror or error}.") from None

    def _measure_engine(self) -> None:
        from llamachat.engine.open import open_engine
        from llamachat.engine.process import ProcessEngine

        options = self._options()
        began = time.perf_counter()
        with open_engine(options.model, options=options, on_progress=self._loading) as engine:
            assert isinstance(engine, ProcessEngine)
            self._cancel.check()
            self._note(load=time.perf_counter() - began, n_ctx=engine.info.n_ctx)
            with self._cancel.aimed(engine.cancel):
                if "speed" in self._settings.what:
                    self._measure_speed(engine)
                if "answers" in self._settings.what:
                    self._ask(engine)
            self._note_memory(engine)

    def _loading(self, fraction: float) -> None:
        self._say(f"loading {fraction:.0%}")

    def _options(self) -> EngineOptions:
        """The same context and the same cache for all, and no guessing ahead: it depends on what
        is written."""
        from llamachat.gguf.reader import read_header

        path = Path(self._row.subject.path)
        trained = read_header(path, arrays=False).hyperparameter("context_length")
        return self._settled(path, context_for(self._settings, trained))

    def _settled(self, path: Path, n_ctx: int) -> EngineOptions:
        from llamachat.engine.params import EngineOptions
        from llamachat.models.settle import settle_here

        options = EngineOptions(
            path,
            n_ctx=n_ctx,
            threads=self._settings.threads,
            cache_type_k="f16",
            cache_type_v="f16",
            spec_type="none",
        )
        return settle_here(options, measured=False).options

    def _measure_speed(self, engine: Engine) -> None:
        from llamachat.compare.speed import speeds

        depths = depths_within(self._settings.depths, engine.info.n_ctx)
        for depth in speeds(engine, self._settings.read_text(), depths, self._say):
            self._cancel.check()
            self._note(depths=(*self._row.depths, depth))

    def _ask(self, engine: Engine) -> None:
        from llamachat.chat.one_shot import one_shot
        from llamachat.compare.answers import answer

        prompts = self._settings.prompts
        for number, text in enumerate(prompts, 1):
            self._say(f"answering prompt {number} of {len(prompts)}")
            asked = one_shot(text, engine.info)
            params = replace(
                asked.params, n_predict=self._settings.n_predict, sampling=self._settings.sampling
            )
            said = answer(engine, asked.prompt, params)
            self._cancel.check()  # half of an answer is none
            self._note(answers=(*self._row.answers, said))

    def _note_memory(self, engine: ProcessEngine) -> None:
        from llamachat.hardware.memory import peak_resident_bytes

        if engine.pid is not None:
            self._note(memory=peak_resident_bytes(engine.pid))

    def _score(self) -> None:
        from llamachat.engine.scoring import N_BATCH, Scorer

        options = self._settled(Path(self._row.subject.path), N_BATCH)
        self._say("perplexity")
        began = time.monotonic()

        def progress(scored: Scored) -> None:
            left = (time.monotonic() - began) * (scored.total / scored.done - 1)
            self._say(
                f"perplexity {scored.perplexity:.4f}, chunk {scored.done} of {scored.total}, "
                f"{seconds(left)} left"
            )

        with Scorer(options, self._order()) as scorer, self._cancel.aimed(scorer.cancel):
            score = scorer.run(progress)
        values = {k: v for k, v in asdict(score).items() if k != "remark"}
        if self._place == self.comparison.base:
            self._keeps = bool(score.kld_chunks)
        remark = f"{score.remark}." if score.remark else ""
        self._note(quality=Quality(**values), remark=remark)

    def _order(self) -> ScoreOrder:
        from llamachat.engine.scoring import MOST_KEPT, ScoreOrder
        from llamachat.hardware.disk import read_disk

        settings, kept = self._settings, self._scratch / _BASE
        order = ScoreOrder(settings.text, settings.chunks)
        if self._place != self.comparison.base:
            return replace(order, base=kept if self._keeps else None)
        if len(self.comparison.rows) == 1:
            return order
        room = min(MOST_KEPT, read_disk(self._scratch).free // 2)
        return replace(order, keep=kept, most_kept=room)
