"""Opens the engine for a command: finds the model, shows progress, says which model speaks.

Knows flags and the story; nothing of prompts.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.bundled import BOB, DefaultModel, default_model, notice_of
from llamachat.cli.flags.given import Given
from llamachat.cli.hub_model import asked, hub_model
from llamachat.cli.settings import engine_options, model_path
from llamachat.cli.status_line import bar
from llamachat.cli.story import Story
from llamachat.sanitize import one_line

if TYPE_CHECKING:
    from llamachat.engine.llama.engine import LlamaEngine
    from llamachat.engine.process import ProcessEngine

QUICK_LOAD = 0.3
"""seconds a load may take before its progress is shown"""


def chosen_model(given: Given, story: Story, *, remembered: str = "") -> DefaultModel:
    """The model of -m or -hf; else the one that a stored chat remembers, where it is still there;
    else that of the settings, or the default one."""
    if asked(given) is not None:
        return DefaultModel(hub_model(given, story), "")
    path, before = model_path(given), Path(remembered)
    if before.is_file() and (path is None or given.stands("model")):
        path = None if before == BOB else before
    return default_model() if path is None else DefaultModel(path, notice_of(path))


def load(given: Given, model: Path, story: Story, *, isolated: bool) -> ProcessEngine | LlamaEngine:
    """Open the engine as the flags say; a context manager.

    Raises:
        ModelError, OutOfMemory, UnsupportedCPU, EngineError, UsageError: as `open_engine` does.
    """
    from llamachat.engine.open import open_engine  # 30 ms, and the full screen opens its own
    from llamachat.models.load_check import changed_since_verified
    from llamachat.models.settle import settle_here

    changed = changed_since_verified(model)
    if changed:
        story.say(f"[ {changed} ]")
    settled = settle_here(engine_options(given, model))
    for sentence in settled.sentences:
        story.say(f"[ {sentence} ]")
    status = story.status_line(QUICK_LOAD)
    name = one_line(model.name)
    status.update(f"Opening {name}")
    try:
        engine = open_engine(
            model,
            options=settled.options,
            isolated=isolated,
            on_progress=lambda fraction: status.update(f"Loading {name} {bar(fraction)}"),
        )
    finally:
        status.clear()
    if given.on("verbose"):
        _tell_log(story, isolated)
    return engine


def _tell_log(story: Story, isolated: bool) -> None:
    """What llama.cpp said so far, and from now on; a worker keeps its own log."""
    if isolated:
        from llamachat.engine.child import log_path

        story.say(f"The engine's log is {log_path()}")
        return
    from llamachat.engine.llama.library import open_library

    log = open_library()
    for line in log.lines:
        story.say(line)
    log.echo = sys.stderr
