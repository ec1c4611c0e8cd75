"""The models of a comparison: files found by path or name, or types built of one source.

What is built lies in the scratch folder, or in the one that was asked for. Knows the rooms `build`
and `models`, and how far a build is; measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.cli.compare.arguments import Order
from llamachat.cli.compare.cancellation import Cancellation, Cancelled
from llamachat.cli.failure import say
from llamachat.compare.figures import Subject, unique_labels
from llamachat.errors import LlamaChatError, ModelError, UsageError
from llamachat.gguf.reader import read_header
from llamachat.hardware.disk import existing_folder
from llamachat.hardware.places import expanded, is_folder, is_there
from llamachat.models.library import model_file
from llamachat.models.parts import model_stem, parts_of

if TYPE_CHECKING:
    from llamachat.build.recipe import Recipe
    from llamachat.build.source import Source
    from llamachat.cli.build.progress_line import BuildLine
    from llamachat.cli.fetching import Fetcher
    from llamachat.models.hub import Hub


def subjects_of(order: Order, scratch: Path, cancel: Cancellation) -> list[Subject]:
    """What is to be compared, built where need be.

    Raises:
        ModelError, UsageError: a model is not there, or the source cannot be built from.
        Cancelled: somebody asked to stop meanwhile.
    """
    if order.types:
        return _described(_built(order, scratch, cancel))
    found = dict.fromkeys(_found(name) for name in order.models)
    return _described([(model_stem(path), path) for path in found])


def _found(name: str) -> Path:
    path = model_file(name)
    if is_folder(path):
        raise UsageError(
            f"{path} is a folder of weights.",
            "Let types of it be built: --types f16,q8_0,q4_0",
        )
    return path


def _described(named: Sequence[tuple[str, Path]]) -> list[Subject]:
    labels = unique_labels([label for label, _ in named])
    return [describe(label, path) for label, (_, path) in zip(labels, named, strict=True)]


def describe(label: str, path: Path) -> Subject:
    """What the headers of a model's files say.

    Raises:
        ModelError: one of them is missing, damaged or no model.
    """
    headers = [read_header(part, arrays=False) for part in parts_of(path)]
    n_params = sum(header.n_params for header in headers)
    if not n_params:
        raise ModelError(f"{path} has no weights in it.")
    return Subject(
        label,
        str(path),
        headers[0].ftype,
        sum(header.file_size for header in headers),
        8 * sum(header.tensor_bytes for header in headers) / n_params,
        n_params,
    )


def _built(order: Order, scratch: Path, cancel: Cancellation) -> list[tuple[str, Path]]:
    """The types in the order asked for; the source itself where it is of one of them."""
    from llamachat.cli.build.progress_line import BuildLine

    line = BuildLine(as_json=False, say=say)
    try:
        with closing(_opened(order, line)) as source:
            return _types_of(source, order, scratch, line, cancel)
    finally:
        line.close()


def _opened(order: Order, line: BuildLine) -> Source:
    from llamachat.build.source import open_source
    from llamachat.cli.build.arguments import order_of
    from llamachat.cli.build.arguments import parser as build_parser
    from llamachat.cli.build.fetching import find_model

    def fetcher(hub: Hub) -> Fetcher:
        from llamachat.cli.fetching import Fetcher

        return Fetcher(hub, line.line, say)

    asked = order_of(build_parser().parse_args([order.models[0], "--type", order.types]))
    return open_source(find_model(asked, fetcher).path, on_file=line.verifying)


def _types_of(
    source: Source, order: Order, scratch: Path, line: BuildLine, cancel: Cancellation
) -> list[tuple[str, Path]]:
    from llamachat.build.recipe import make_recipe

    recipe = make_recipe(order.types)
    folder = order.keep or scratch
    paths: dict[str, Path] = {}
    for ftype in recipe.types:
        name = ftype.quantize_name
        paths[name] = _same(source, name) or folder / f"{source.base_name}-{name}.gguf"
    missing = [name for name, path in paths.items() if path != source.path]
    for name in missing:
        _check_free(paths[name])
    if missing:
        threads = order.settings.threads or 0
        recipe = make_recipe(missing, threads=threads)
        say(f"Building {', '.join(missing)} of {source.base_name}.")
        _carry_out(source, recipe, [paths[name] for name in missing], line, cancel)
    return [(name, paths[name]) for name in paths]


def _same(source: Source, name: str) -> Path | None:
    """The source's own file, where it is of that type already."""
    if source.kind != "GGUF":
        return None
    types = read_header(source.path, arrays=False).weight_types
    return source.path if types == {name.lower()} else None


def _check_free(path: Path) -> None:
    if is_there(path):
        raise UsageError(
            f"{path} is there already.",
            "Compare it as it is, without --types, or choose another folder with --keep.",
        )
    where = existing_folder(expanded(path.parent))
    if not is_folder(where):
        raise UsageError(f"{where} is no folder.", "Choose another one with --keep.")


def _carry_out(
    source: Source, recipe: Recipe, paths: Sequence[Path], line: BuildLine, cancel: Cancellation
) -> None:
    from llamachat.build.build_pass import run
    from llamachat.build.plan import make_plan
    from llamachat.build.progress import BuildCancelled

    try:
        run(make_plan(source, recipe, paths), on_progress=line, cancel=cancel.event)
    except BuildCancelled:
        raise Cancelled from None
    except LlamaChatError as error:
        error.hint = error.hint.replace("--out", "--keep")  # what `llamachat build` calls it
        raise
