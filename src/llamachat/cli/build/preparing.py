"""From what was asked for to a job: weights found, opened and looked at, results named.

Whatever could be in the way is told before the work begins. Knows the rooms `build` and `models`;
nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from llamachat.build.job import Job, Origin, adapter_job, model_job
from llamachat.build.lora import LoraAdapter
from llamachat.build.lora_merge import Merged
from llamachat.build.output_file import make_room
from llamachat.build.results import Result, check_results, plan_results
from llamachat.build.source import OnFile, Source, open_source
from llamachat.build.sources.meta_checklist import verify_checklist
from llamachat.cli.build.arguments import Order
from llamachat.cli.build.fetching import Found, find_adapter, find_model
from llamachat.cli.fetching import Fetcher
from llamachat.errors import UsageError
from llamachat.models.hub import Hub


@contextmanager
def prepared(
    order: Order, fetcher: Callable[[Hub], Fetcher], verifying: OnFile
) -> Iterator[tuple[Job, Source]]:
    """The job and what it is built from, open until the end.

    Raises:
        LlamaChatError: it cannot be done; a dry run asks less.
    """
    _check_words(order)
    with ExitStack() as opened:
        # A dry run fetches nothing, and names first what is the most to fetch.
        found = find_model(order, fetcher) if order.dry_run else None
        adapter = find_adapter(order, fetcher) if order.adapter else None
        tuned = opened.enter_context(closing(LoraAdapter.open(adapter.path))) if adapter else None
        found = found or find_model(order, fetcher)
        origin = _origin(order, found, adapter)
        source = opened.enter_context(closing(open_source(found.path, verify=False)))
        if tuned is None:
            job = _model_job(order, source, origin)
        else:
            job = _job_with_adapter(order, source, tuned, origin, opened)
        if not order.dry_run:
            check_results(job.results, force=order.force)
            make_room(job.outputs)
            if source.kind == "Meta":
                verify_checklist(source.path, verifying)
        yield job, source


def _check_words(order: Order) -> None:
    """What can be refused without the weights, which may take an hour to fetch."""
    results = _results(order, None)
    if not order.dry_run:
        check_results(results, force=order.force)


def _origin(order: Order, found: Found, adapter: Found | None) -> Origin:
    said, again = (adapter.said, adapter.again) if adapter else ("", "")
    return Origin(found.said, partial(order.command, found.again, again), found.revision, said)


def _results(order: Order, base_name: str | None) -> list[Result]:
    recipe = order.recipe
    if recipe is None:
        kinds = [order.adapter_type.upper()]
    else:
        kinds = [ftype.quantize_name for ftype in recipe.outputs]
    n_asked = len(recipe.types) if recipe else 1
    return plan_results(kinds, base_name, n_asked=n_asked, name=order.name, out=order.out)


def _job_with_adapter(
    order: Order, source: Source, adapter: LoraAdapter, origin: Origin, opened: ExitStack
) -> Job:
    if not order.adapter_type:
        merged = Merged(source, adapter, any_base=order.any_base)
        return _model_job(order, opened.enter_context(closing(merged)), origin)
    kind = order.adapter_type
    (result,) = _results(order, f"{adapter.name}-lora")
    return adapter_job(source, adapter, result, origin, type=kind, any_base=order.any_base)


def _model_job(order: Order, source: Source, origin: Origin) -> Job:
    recipe = order.recipe
    assert recipe is not None
    if source.kind == "GGUF" and order.intermediate:
        raise UsageError(
            "A GGUF is what --intermediate would make; its weights are taken as they are.",
            "Leave --intermediate out.",
        )
    return model_job(source, recipe, _results(order, source.base_name), origin)
