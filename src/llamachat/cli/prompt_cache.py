"""--prompt-cache FILE: what many prompts begin with is evaluated once and kept in a file.

As in llama.cpp: the state after the prompt is saved, with --prompt-cache-all that after the answer,
with --prompt-cache-ro nothing. A file for another model or context is not used; one that holds
something else altogether is refused, for it would be overwritten. Knows an engine and flags.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from llamachat.cli.flags.given import Given
from llamachat.cli.story import Story
from llamachat.engine.base import Done, Engine, Prefilled
from llamachat.engine.prompt import Prompt
from llamachat.engine.state_file import may_be_replaced
from llamachat.errors import LlamaChatError, UsageError
from llamachat.hardware.places import expanded


class PromptCache:
    """The file of one answer.

    Raises (on construction):
        UsageError: the file is no cache, or flags that need one stand without it.
    """

    def __init__(self, given: Given, story: Story) -> None:
        name = given.text("prompt_cache")
        self._path = None if name is None else expanded(name)
        self._all, self._read_only = given.on("prompt_cache_all"), given.on("prompt_cache_ro")
        self._story = story
        self._cached = 0
        self._seconds = 0.0
        if self._path is None and (self._all or self._read_only):
            raise UsageError(
                "--prompt-cache-all and --prompt-cache-ro say what becomes of a file.",
                "Name it: --prompt-cache FILE",
            )
        if self._path is not None and not may_be_replaced(self._path):
            raise UsageError(
                f"{self._path} is no prompt cache.", "Choose another file, or remove this one."
            )

    def fill(self, engine: Engine, prompt: Prompt) -> Iterator[Prefilled]:
        """Evaluate what the file does not hold of the prompt, and save it; nothing without one, or
        where no key tells this model's states from those of others."""
        if self._path is None:
            return
        key, began = engine.info.state_key, time.perf_counter()
        if not key:
            self._story.say(f"[ {self._path} is not used: a file of the model cannot be read ]")
            self._path = None
            return
        kept = self._path.exists() and self._path.stat().st_size > 0  # mktemp makes empty ones
        if kept and not engine.restore(self._path, key):
            what = "not used" if self._read_only else "made anew"
            self._story.say(f"[ {self._path} is of another model or context: it is {what} ]")
        step = Prefilled(0, 0, 0)
        for step in engine.prefill(prompt):
            yield step
        if step.done == step.total and step.cached < step.total - 1 and not self._read_only:
            self._save(engine, self._path)
        self._cached = step.cached
        self._seconds = time.perf_counter() - began

    def finish(self, engine: Engine, done: Done) -> Done:
        """Save the answer too, where that is wanted; the figures with what `fill` took."""
        if self._path is None:
            return done
        dropped = done.usage.dropped  # then the file keeps the prompt, as in llama.cpp
        if self._all and not self._read_only and not dropped and done.reason != "died":
            self._save(engine, self._path)
        usage, timings = done.usage, done.timings
        spent = timings.prefill + self._seconds, timings.first_token + self._seconds
        return replace(
            done,
            usage=replace(usage, cached=min(usage.cached, self._cached)),
            timings=replace(timings, prefill=spent[0], first_token=spent[1]),
        )

    def _save(self, engine: Engine, path: Path) -> None:
        """An answer is not lost because a file cannot be written."""
        try:
            engine.snapshot(path, engine.info.state_key)
        except LlamaChatError as error:
            self._story.say(f"[ {error.message} ]")
