"""What is said of a build: the plan, what begins, what came of it, and how to talk to it.

Knows jobs and a page; builds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from llamachat.build.job import Job
from llamachat.build.outline import outline, peak_memory
from llamachat.build.progress import size_text
from llamachat.build.source import Source
from llamachat.cli.build.fetching import NotHere
from llamachat.cli.failure import say
from llamachat.cli.page import Page
from llamachat.gguf.layers import type_totals
from llamachat.hardware.disk import read_disk
from llamachat.hardware.places import is_there
from llamachat.models.library import installed
from llamachat.models.manifest import Manifest


def announce(job: Job, source: Source) -> None:
    """One line before the work."""
    names = " and ".join(result.name for result in job.results)
    say(f"Building {names} from {_inputs(job, source)}.")


def print_plan(page: Page, job: Job, source: Source, *, as_json: bool) -> None:
    """What would be written, and what it needs."""
    if as_json:
        page.json(_plan_json(job, source))
        return
    page.line((f"From {_inputs(job, source)}", "strong"))
    if job.plan is not None:
        page.text(f"{outline(job.plan)}\n")
    else:
        (output,) = job.outputs
        page.line((f"{len(output.tensors)} tensors of an adapter", ""))
        page.line((f"{output.path}  {output.ftype.quantize_name}  {size_text(output.size)}", ""))
    for output in job.outputs:
        if is_there(output.path):
            page.line((f"{output.path} is there already; --force replaces it.", "found"))


def print_missing(page: Page, missing: NotHere, *, as_json: bool) -> None:
    """What a build would fetch first."""
    if as_json:
        page.json({
            "fetch": [{"file": f.path, "source": f.source, "size": f.size} for f in missing.files],
        })  # fmt: skip
        return
    total = sum(file.size for file in missing.files)
    page.line((f"{missing.message} {size_text(total)} would be fetched first:", ""))
    for file in missing.files:
        page.line((f"  {file.path}", ""), (f"  {size_text(file.size)}", "dim"))


def print_results(
    page: Page, job: Job, made: Sequence[Manifest], seconds: float, *, as_json: bool
) -> None:
    """Paths for scripts, sentences for people."""
    if as_json:
        page.json({
            "source": job.origin.source,
            "revision": job.origin.revision,
            "adapter": job.origin.adapter,
            "seconds": round(seconds, 3),
            "inputs": dict(made[0].inputs),
            "results": [_result_json(manifest) for manifest in made],
        })  # fmt: skip
    for manifest in made:
        if not as_json:
            page.text(f"{manifest.path}\n")
    sizes = " and ".join(f"{manifest.name} ({size_text(manifest.size)})" for manifest in made)
    say(f"Built and verified in {_time(seconds)}: {sizes}")
    if job.plan is None:
        model = quote(_built_from(str(job.recipes[0]["base"])) or "MODEL")
        say(f"Use it: llamachat -m {model} --lora {quote(str(made[0].path))}")
    else:
        say(f"Chat with it: llamachat -m {quote(made[0].name)}")


def _built_from(base: str) -> str:
    """A model that an adapter of this base goes with, if there is one here."""
    if base.endswith(".gguf"):
        return base
    for model in installed():
        manifest = model.manifest
        if manifest and manifest.source == base and "adapter" not in manifest.recipe:
            return model.name
    return ""


def _result_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "name": manifest.name, "path": str(manifest.path), "size": manifest.size,
        "sha256": manifest.sha256, "recipe": dict(manifest.recipe),
    }  # fmt: skip


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def _inputs(job: Job, source: Source) -> str:
    """The Hugging Face model llama-7b (5 files, 13.5 GB)"""
    size = sum(path.stat().st_size for path in job.inputs)
    count = len(job.inputs)
    kind = "the adapter" if job.plan is None else f"the {source.kind} model"
    adapter = f" with {Path(job.origin.adapter).name}" if job.plan and job.origin.adapter else ""
    files = f"{count} file{'' if count == 1 else 's'}, {size_text(size)}"
    name = source.base_name if job.plan else Path(job.origin.adapter).name
    return f"{kind} {name}{adapter} ({files})"


def _plan_json(job: Job, source: Source) -> dict[str, Any]:
    return {
        "source": job.origin.source,
        "kind": source.kind,
        "inputs": [
            {"path": str(path.absolute()), "size": path.stat().st_size} for path in job.inputs
        ],
        "results": [
            {
                "name": result.name,
                "path": str(output.path),
                "type": output.ftype.quantize_name,
                "size": output.size,
                "tensors": len(output.tensors),
                "by_type": {
                    row.type.name: {"tensors": row.n_tensors, "bytes": row.n_bytes}
                    for row in type_totals(output.tensors)
                },
                "disk_free": read_disk(output.path.parent).free,
            }
            for result, output in zip(job.results, job.outputs, strict=True)
        ],
        "memory": peak_memory(job.plan) if job.plan else None,
    }
