"""From what was asked for to a job: weights found, opened and looked at, results named.

Whatever could be in the way is told before the work begins. Knows the rooms `build` and `models`;
nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from llamachat.build.job import Job, Origin, adapter_job, model_job
from llamachat.build.lora import LoraAdapter
from llamachat.build.lora_merge import Merged
from llamachat.build.output_file import check_space
from llamachat.build.results import check_results, plan_results
from llamachat.build.source import OnFile, Source, open_source
from llamachat.build.sources.meta_checklist import verify_checklist
from llamachat.cli.build.arguments import Order
from llamachat.cli.build.fetching import find_adapter, find_model
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
    found = find_model(order, fetcher)
    adapter = find_adapter(order, fetcher) if order.adapter else None
    said = adapter.said if adapter else ""
    origin = Origin(found.said, found.revision, said, order.command(found.said, said))
    with ExitStack() as opened:
        source = opened.enter_context(closing(open_source(found.path, verify=False)))
        if adapter is None:
            job = _model_job(order, source, origin)
        else:
            job = _job_with_adapter(order, source, adapter.path, origin, opened)
        if not order.dry_run:
            check_results(job.results, force=order.force)
            check_space(job.outputs)
            if source.kind == "Meta":
                verify_checklist(source.path, verifying)
        yield job, source


def _job_with_adapter(
    order: Order, source: Source, folder: Path, origin: Origin, opened: ExitStack
) -> Job:
    adapter = opened.enter_context(closing(LoraAdapter.open(folder)))
    if not order.adapter_type:
        merged = Merged(source, adapter, any_base=order.any_base)
        return _model_job(order, opened.enter_context(closing(merged)), origin)
    kind = order.adapter_type
    (result,) = plan_results([kind.upper()], f"{adapter.name}-lora", name=order.name, out=order.out)
    return adapter_job(source, adapter, result, origin, type=kind, any_base=order.any_base)


def _model_job(order: Order, source: Source, origin: Origin) -> Job:
    recipe = order.recipe
    assert recipe is not None
    if source.kind == "GGUF" and order.intermediate:
        raise UsageError(
            "A GGUF is what --intermediate would make; its weights are taken as they are.",
            "Leave --intermediate out.",
        )
    results = plan_results(
        [ftype.quantize_name for ftype in recipe.outputs],
        source.base_name,
        n_asked=len(recipe.types),
        name=order.name,
        out=order.out,
    )
    return model_job(source, recipe, results, origin)
