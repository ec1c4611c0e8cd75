"""Searches for the fastest settings of one model, with a line that says how far it is.

The model is loaded as it would be had nothing been measured, in a process of its own. Knows nothing
of what is printed.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.cli.flags.given import Given
from llamachat.cli.loading import QUICK_LOAD, chosen_model
from llamachat.cli.settings import engine_options
from llamachat.cli.status_line import StatusLine, bar
from llamachat.cli.story import Story
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.tuning.candidates import candidates, open_knobs
from llamachat.engine.tuning.store import remember_search
from llamachat.engine.tuning.values import OTHERS, SECONDS, Step, Task, Trying, Tuning
from llamachat.engine.tuning.words import tried
from llamachat.errors import UsageError
from llamachat.hardware.cores import read_cores
from llamachat.hardware.terminal import read_terminal
from llamachat.models.settle import settle_here
from llamachat.sanitize import one_line


def measure(given: Given, seconds: float | None = None, *, anyway: bool = False) -> Tuning:
    """Search, and remember what was found.

    Args:
        anyway: other programs may use the processor meanwhile.

    Raises:
        UsageError: flags and settings leave nothing to choose.
        LlamaChatError: the model cannot be loaded, or nothing can be written.
    """
    with Story(read_terminal(), given) as story:
        model = chosen_model(given, story)
        if model.notice:
            story.say(model.notice)
        options = engine_options(given, model.path)
        if not open_knobs(options):
            raise UsageError(
                "Everything that could be measured is set already.",
                "Settings: llamachat config show; variables: env | grep LLAMA_ARG_",
            )
        status = story.status_line(QUICK_LOAD)
        try:
            return _search(options, status, seconds or SECONDS, 1.0 if anyway else OTHERS)
        finally:
            status.clear()


def _search(options: EngineOptions, status: StatusLine, seconds: float, others: float) -> Tuning:
    settled = settle_here(options, measured=False)
    with _opened(options.model, settled.options, status) as engine:
        info = engine.info
        found = candidates(options, info, read_cores())
        task = Task(found, seconds=seconds, others=others)

        def tell(step: Step) -> None:
            if isinstance(step, Trying):
                done = bar(step.seconds / seconds)
                status.update(f"Measuring {done} {tried(step.candidate)}")

        verdicts = engine.tune(task, tell)
    return remember_search(options, info, verdicts)


def _opened(model: Path, options: EngineOptions, status: StatusLine) -> ProcessEngine:
    name = one_line(model.name)
    status.update(f"Opening {name}")
    engine = open_engine(
        model,
        options=options,
        on_progress=lambda fraction: status.update(f"Loading {name} {bar(fraction)}"),
    )
    assert isinstance(engine, ProcessEngine)
    return engine
