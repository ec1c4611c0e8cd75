"""What the library remembers of a model that was built: from what, how, by which programs.

Enough to verify the whole chain years later, and to build the same file once more. Knows nothing
of how it was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from llamachat.build.plan import Plan
from llamachat.build.recipe import is_quantized_type
from llamachat.build.results import Result
from llamachat.gguf.types import FileType
from llamachat.models.manifest import Manifest, record

ADAPTER = "adapter"
"""what a recipe calls the result where it is no model: see `models.library`"""
_PROGRAMS = ("llama-cpp-python", "numpy")


def remember(
    result: Result,
    *,
    sha256: str,
    source: str,
    revision: str,
    inputs: Mapping[Path, str],
    recipe: Mapping[str, Any],
) -> Manifest:
    """Record one file that was built.

    Raises:
        LlamaChatError: its manifest cannot be written.
    """
    return record(
        result.path,
        sha256=sha256,
        name=result.name,
        source=source,
        revision=revision,
        versions=_versions(),
        inputs={str(path.absolute()): digest for path, digest in inputs.items()},
        recipe=recipe,
    )


def recipe_of(plan: Plan, ftype: FileType, *, command: str, adapter: str) -> dict[str, Any]:
    """How one output of a plan is made, in words that JSON can keep."""
    recipe, found = plan.recipe, {"type": ftype.quantize_name}
    if is_quantized_type(ftype):
        shares = (share for _, taken in plan.work for share in taken)
        through = {share.through.name for share in shares if share.type.block > 1}
        found["intermediate"] = "/".join(sorted(through))
        if recipe.output_type is not None:
            found["output_tensor_type"] = recipe.output_type.name
        if recipe.embedding_type is not None:
            found["token_embedding_type"] = recipe.embedding_type.name
        if recipe.pure:
            found["pure"] = "yes"
    return found | ({"adapter": adapter} if adapter else {}) | {"command": command}


def _versions() -> dict[str, str]:
    found = {}
    for program in _PROGRAMS:
        try:
            found[program] = version(program)
        except PackageNotFoundError:  # vendored by a distribution
            continue
    return found
