"""`llamachat models show`: what a model file holds and where it came from.

Metadata, tensors (equal layers in one row) with what each is for, size by type, chat template, and
what the library remembers of the file. The file is read as `gguf.reader` reads it: nothing in it is
trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from llamachat.build.progress import size_text
from llamachat.bundled import bundled_model
from llamachat.cli.arguments import Parser
from llamachat.cli.cells import padded, width
from llamachat.cli.models import facts
from llamachat.cli.models.naming import chosen_files
from llamachat.cli.page import Page, open_page
from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.layers import TensorRow, tensor_rows, type_totals
from llamachat.gguf.meanings import meaning
from llamachat.gguf.reader import read_header
from llamachat.models.manifest import Manifest, find
from llamachat.sanitize import one_line

MOST_NAME = 48
"""columns of a name before what follows it gives way"""


def parser() -> Parser:
    made = Parser(
        "llamachat models show",
        description="What a model file holds: metadata, tensors, chat template; and its origin.",
    )
    made.add_argument("model", metavar="NAME|PATH", help="a model of the library, or a .gguf file")
    made.add_argument("--tensors", action="store_true", help="a row for every tensor")
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    headers = [read_header(path) for path in chosen_files(given.model)]
    manifest = find(headers[0].path)
    if given.json:
        page.json(as_json(headers, manifest))
        return 0
    page.line((facts.printable(headers[0].name), "strong"))
    _pairs(page, [(name, words) for name, words in facts.summary(headers) if words])
    _provenance(page, headers[0].path, manifest)
    _metadata(page, headers[0])
    _tensors(page, headers, every=given.tensors)
    _types(page, headers)
    _chat_template(page, headers[0])
    return 0


def as_json(headers: Sequence[GGUFHeader], manifest: Manifest | None) -> dict[str, Any]:
    """Everything, for scripts."""
    first = headers[0]
    return {
        "name": first.name,
        "files": [str(header.path) for header in headers],
        "size": sum(header.file_size for header in headers),
        "version": first.version,
        "architecture": first.architecture,
        "ftype": first.ftype,
        "parameters": sum(header.n_params for header in headers),
        "chat_template": first.text(facts.CHAT_TEMPLATE) or None,
        "provenance": provenance_json(manifest) if manifest else None,
        "metadata": facts.metadata_json(first),
        "tensors": facts.tensors_json(headers),
        "by_type": facts.by_type_json(headers),
    }


def provenance_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "source": manifest.source,
        "revision": manifest.revision,
        "sha256": manifest.sha256,
        "confirmed": list(manifest.confirmed),
        "verified": manifest.date,
        "versions": dict(manifest.versions),
        "inputs": dict(manifest.inputs),
        "recipe": dict(manifest.recipe),
    }


def _title(page: Page, text: str) -> None:
    page.text("\n")
    page.line((text, "strong"))


def _pairs(page: Page, pairs: Sequence[tuple[str, str]]) -> None:
    wide = min(max((width(one_line(name)) for name, _ in pairs), default=0), MOST_NAME)
    for name, words in pairs:
        page.line((f"  {padded(one_line(name), wide)}  ", "dim"), (words, ""))


def _provenance(page: Page, path: Path, manifest: Manifest | None) -> None:
    _title(page, "Origin")
    if manifest is None and path == bundled_model():
        page.words(("  came with llamachat; check it: llamachat models verify bob", "dim"))
        return
    if manifest is None:
        page.words((f"  not in the library: llamachat models import {quote(str(path))}", "dim"))
        return
    rows = [
        ("built from" if manifest.recipe else "from", manifest.source),
        ("revision", manifest.revision),
        ("SHA-256", manifest.sha256),
        ("verified", f"{manifest.date[:16].replace('T', ' ')} UTC"),
        ("confirmed by", " and ".join(manifest.confirmed) or _nobody(manifest)),
        ("made with", ", ".join(f"{name} {of}" for name, of in manifest.versions.items())),
        *((f"input {Path(name).name}", digest) for name, digest in manifest.inputs.items()),
        *((f"recipe {name}", str(value)) for name, value in manifest.recipe.items()),
    ]
    _pairs(page, [(name, words) for name, words in rows if words])


def _nobody(manifest: Manifest) -> str:
    return "" if manifest.recipe else "nobody: it is what was found"


def _metadata(page: Page, header: GGUFHeader) -> None:
    _title(page, f"Metadata ({len(header.metadata)} entries)")
    _pairs(page, [(key, facts.words(value)) for key, value in header.metadata.items()])


def _tensors(page: Page, headers: Sequence[GGUFHeader], *, every: bool) -> None:
    """A row each; what it is for stands beside it, or below where the terminal is narrow."""
    tensors = [tensor for header in headers for tensor in header.tensors]
    if every:
        rows = [TensorRow(t.name, t.shape, t.type.name, 1, t.n_bytes) for t in tensors]
    else:
        rows = tensor_rows(tensors)
    total = sum(tensor.n_bytes for tensor in tensors)
    _title(page, f"Tensors ({len(tensors)}, {size_text(total)})")
    tied = facts.is_tied(headers)
    cells = [
        (one_line(row.name), " × ".join(map(str, row.shape)), row.type, size_text(row.n_bytes),
         meaning(row.name, tied=tied))
        for row in rows
    ]  # fmt: skip
    wide = [min(max((width(row[at]) for row in cells), default=0), MOST_NAME) for at in range(4)]
    widest = max((width(row[4]) for row in cells), default=0)
    below = page.columns is not None and page.columns < sum(wide) + 10 + widest
    for *row, words in cells:
        name, shape, kind, size = (padded(row[at], wide[at], right=at == 3) for at in range(4))
        beside = [(f"  {words}", "")] if words and not below else []
        page.line((f"  {name}  ", ""), (f"{shape}  {kind}  {size}", "dim"), *beside)
        if words and below:
            page.line((f"      {words}", ""))


def _types(page: Page, headers: Sequence[GGUFHeader]) -> None:
    rows = [
        (row.type.name, f"{row.n_tensors} tensor{'' if row.n_tensors == 1 else 's'}", row.n_bytes)
        for row in type_totals(tensor for header in headers for tensor in header.tensors)
    ]
    _title(page, "Size by type")
    wide = max((width(tensors) for _, tensors, _ in rows), default=0)
    _pairs(page, [(kind, f"{padded(n, wide)}  {size_text(size)}") for kind, n, size in rows])


def _chat_template(page: Page, header: GGUFHeader) -> None:
    _title(page, "Chat template")
    text = header.text(facts.CHAT_TEMPLATE)
    page.words((text or "  none: the model does not say how a chat is written", ""))
