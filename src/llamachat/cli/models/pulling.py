"""`llamachat models pull`: a model of the catalogue, the hub or any address, fetched and verified.

The path goes to standard output, everything else to standard error. Run twice, the second time only
asks whether something is new. Knows references and terminals; `models.fetch` brings the bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.models.announcing import Facts, facts_of, summary
from llamachat.cli.page import Page, open_page
from llamachat.errors import UsageError
from llamachat.models.parts import model_stem
from llamachat.models.reference import (
    CatalogName,
    HubReference,
    PathReference,
    UrlReference,
    hub_reference,
    parse_reference,
)

if TYPE_CHECKING:
    from llamachat.cli.fetching import Fetcher
    from llamachat.models.hub import Hub, RemoteFile


def parser() -> Parser:
    made = Parser(
        "llamachat models pull",
        usage="llamachat models pull [-h] NAME | hf:user/repo[:quant] | hf:user/repo/FILE | URL",
        description="Fetch a model into the cache it shares with Hugging Face's programs, and "
        "verify it.\nWhat was interrupted goes on where it ended.",
        epilog="The names: llamachat models list. A model answers with: llamachat -m NAME\n"
        "HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE and HTTPS_PROXY are heeded.",
    )
    made.add_argument("model", metavar="MODEL", help="what to fetch")
    made.add_argument("--file", metavar="FILE", default="", help="this file of the repository")
    made.add_argument("--sha256", metavar="HASH", default="", help="what the file must have")
    made.add_argument(
        "-hft", "--hf-token", metavar="TOKEN", default="",
        help="access token (default: HF_TOKEN, or that of `hf auth login`)",
    )  # fmt: skip
    made.add_argument(
        "--no-fit", action="store_true", help="even a model that cannot run on this machine"
    )
    made.add_argument("--dry-run", action="store_true", help="only say what would be fetched")
    made.add_argument("--json", action="store_true", help="print JSON, for scripts")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    sha256 = _checksum(given.sha256)
    page = open_page()
    from llamachat.models.hub import Hub

    hub = Hub.from_environment(token=given.hf_token)
    wanted = _wanted(given.model, given.file, sha256, hub, fit=not given.no_fit)
    announced = [facts_of(file, hub) for file in wanted.files]
    if given.dry_run:
        page.json(announced) if given.json else _print_plan(page, announced)
        return 0
    say(summary(announced))
    path = _fetcher(hub).fetch(wanted.files, wanted.confirmed)
    if given.json:
        page.json([facts_of(file, hub) for file in wanted.files])
    else:
        say(f"Verified. Chat with it: llamachat -m {quote(model_stem(path))}")
        page.text(f"{path}\n")
    return 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    files: tuple[RemoteFile, ...]
    confirmed: tuple[str, ...] = ()
    """who says what the checksum is, besides the hub"""


def _wanted(text: str, file: str, sha256: str, hub: Hub, *, fit: bool = True) -> _Wanted:
    """What is meant, as its server describes it."""
    from llamachat.models.fetch.address import remote_file
    from llamachat.models.hub import resolve

    reference = (
        hub_reference(text.removeprefix("hf:"), file=file) if file else parse_reference(text)
    )
    confirmed: tuple[str, ...] = ("--sha256",) if sha256 else ()
    match reference:
        case PathReference():
            raise UsageError(
                f"{reference.path} is a file, and there is nothing to fetch.",
                f"Use it: llamachat -m {reference.path}",
            )
        case UrlReference():
            return _Wanted((remote_file(reference.url, hub, sha256=sha256 or None),), confirmed)
        case CatalogName():
            reference, confirmed = _of_catalog(reference.name, fit=fit)
    found = HubReference(
        reference.repo, reference.quant, reference.file, reference.revision,
        sha256 or reference.sha256,
    )  # fmt: skip
    return _Wanted(resolve(found, hub), confirmed)


def _of_catalog(name: str, *, fit: bool) -> tuple[HubReference, tuple[str, ...]]:
    """The file that the catalogue pins, and who vouches for its hash.

    Raises:
        UsageError: it has no such entry.
        OutOfMemory: with `fit`: this machine can never run it.
    """
    from llamachat.models.quantization import best_of

    found = best_of(name)
    if found is None:
        raise UsageError(
            f"The catalogue has no model {name!r}.",
            "List them: llamachat models list\nFrom the hub: llamachat models pull hf:user/repo",
        )
    entry, reason = found
    if fit:
        from llamachat.hardware.memory import read_memory
        from llamachat.models.before_fetch import check_memory

        if said := check_memory(entry, read_memory()):
            say(said)
    if reason:
        say(f"{entry.words}: {reason}.")
    return entry.reference, ("the catalogue",)


def _fetcher(hub: Hub) -> Fetcher:
    from llamachat.cli.fetching import APPEARS, Fetcher
    from llamachat.cli.status_line import StatusLine
    from llamachat.hardware.terminal import read_terminal

    terminal = read_terminal()
    draws = terminal.stderr and not terminal.dumb
    line = StatusLine(sys.stderr, enabled=True, delay=APPEARS) if draws else None
    return Fetcher(hub, line, say)


def _checksum(text: str) -> str:
    found = text.strip().lower()
    if found and (len(found) != 64 or set(found) - set("0123456789abcdef")):
        raise UsageError(f"{text!r} is no SHA-256.", "It has 64 digits from 0 to f.")
    return found


def _print_plan(page: Page, announced: Sequence[Facts]) -> None:
    """Sizes and hashes, one file a line."""
    for facts in announced:
        page.line((summary([facts]), ""))
        page.line((f"    SHA-256 {facts['sha256'] or 'unknown'}", "dim"))
        page.line((f"    {facts['path']}", "dim"))
