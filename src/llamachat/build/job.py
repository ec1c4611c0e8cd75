"""A build that is ready to begin: what will be written where, from what, and how to do it.

Made from an opened source, run once. Inputs are hashed while they are read and results before they
get their names; both are remembered in manifests. Knows nothing of how progress is shown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from llamachat.build.build_pass import run
from llamachat.build.input_hashes import InputHashes
from llamachat.build.lora import LoraAdapter
from llamachat.build.lora_gguf import plan_adapter, write_planned
from llamachat.build.plan import Output, Plan, make_plan
from llamachat.build.progress import BuildCancelled, Progress
from llamachat.build.provenance import ADAPTER, recipe_of, remember
from llamachat.build.recipe import Recipe
from llamachat.build.results import Result
from llamachat.build.source import Source
from llamachat.models.manifest import Manifest

OnProgress = Callable[[Progress], object]


class Write(Protocol):
    """Writes all outputs, or none; returns their SHA-256."""

    def __call__(
        self,
        *,
        on_progress: OnProgress | None,
        cancel: threading.Event | None,
        before_naming: Callable[[], object] | None,
    ) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """What a person would say the result is built from."""

    source: str
    """a path, or hf:user/repo"""
    command: Callable[[Result, str], str]
    """that builds one result, of this type, once more"""
    revision: str = ""
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything but the doing."""

    results: tuple[Result, ...]
    outputs: tuple[Output, ...]
    inputs: tuple[Path, ...]
    origin: Origin
    recipes: tuple[Mapping[str, Any], ...]
    """of each output, for its manifest"""
    plan: Plan | None
    """of a model; an adapter needs none"""
    _write: Write = field(repr=False)

    def run(self, on_progress: OnProgress, cancel: threading.Event) -> list[Manifest]:
        """Write, verify and remember all results, or none.

        Raises:
            BuildCancelled: `cancel` was set.
            LlamaChatError: as the pass does, and where an input was changed meanwhile.
        """
        hashes = InputHashes(self.inputs)
        began = time.monotonic()
        inputs: dict[Path, str] = {}

        def progressed(step: Progress) -> None:
            if step.stage == "building":
                hashes.pace(step.fraction)
            on_progress(step)

        def finish_hashes() -> None:
            inputs.update(hashes.finish(partial(_waiting, on_progress, cancel, began)))

        hashes.start()
        try:
            digests = self._write(
                on_progress=progressed, cancel=cancel, before_naming=finish_hashes
            )
        finally:
            hashes.stop()
        return [
            remember(
                result,
                sha256=digest,
                source=self.origin.source,
                revision=self.origin.revision,
                inputs=inputs,
                recipe=recipe,
            )
            for result, digest, recipe in zip(self.results, digests, self.recipes, strict=True)
        ]


def model_job(source: Source, recipe: Recipe, results: Sequence[Result], origin: Origin) -> Job:
    """A model of each type of the recipe.

    Raises:
        UsageError, ModelError: the source or the recipe does not allow it.
    """
    plan = make_plan(source, recipe, [result.path for result in results])
    recipes = tuple(
        recipe_of(
            plan,
            output.ftype,
            command=origin.command(result, output.ftype.quantize_name),
            adapter=origin.adapter,
        )
        for result, output in zip(results, plan.outputs, strict=True)
    )
    return Job(
        tuple(results), plan.outputs, source.files, origin, recipes, plan, partial(run, plan)
    )


def adapter_job(
    base: Source,
    adapter: LoraAdapter,
    result: Result,
    origin: Origin,
    *,
    type: str,
    any_base: bool,
) -> Job:
    """The adapter as a GGUF of its own.

    Raises:
        UsageError, ModelError: it does not fit the base model, or cannot be such a file.
    """
    plan = plan_adapter(result.path, adapter, base, type=type, any_base=any_base)
    recipe = {"type": type.upper(), "kind": ADAPTER, "base": origin.source}
    recipe["command"] = origin.command(result, type)
    return Job(
        (result,), (plan.output,), adapter.files, origin, (recipe,), None,
        partial(write_planned, plan),
    )  # fmt: skip


def _waiting(
    on_progress: OnProgress, cancel: threading.Event, began: float, done: int, total: int
) -> None:
    """The pass is over and the hashes of its inputs, begun with it, are not."""
    if cancel.is_set():
        raise BuildCancelled
    on_progress(Progress("", done, total, time.monotonic() - began, "checking"))
