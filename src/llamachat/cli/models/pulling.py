"""`llamachat models pull`: a model of the catalogue, the hub or any address, fetched and verified.

The path goes to standard output, everything else to standard error. Run twice, the second time only
asks whether something is new. Knows references and terminals; `models.fetch` brings the bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

from llamachat.cli.arguments import Parser
from llamachat.cli.failure import say
from llamachat.cli.models.announcing import Facts, facts_of, summary
from llamachat.cli.page import Page, open_page
from llamachat.errors import UsageError
from llamachat.models.parts import model_stem
from llamachat.models.reference import hub_reference
from llamachat.models.wanted import Wanted, wanted_model

if TYPE_CHECKING:
    from llamachat.cli.fetching import Fetcher
    from llamachat.models.hub import Hub


def parser() -> Parser:
    made = Parser(
        "llamachat models pull",
        usage="llamachat models pull [FLAGS] MODEL",
        description="Fetch a model into the cache it shares with Hugging Face's programs, and "
        "verify it.\nWhat was interrupted goes on where it ended.",
        epilog="The names: llamachat models list. A model answers with: llamachat -m NAME\n"
        "HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE and HTTPS_PROXY are heeded.",
    )
    made.add_argument(
        "model", metavar="MODEL",
        help="a NAME of the catalogue, hf:user/repo[:quant], hf:user/repo/FILE, or a URL",
    )  # fmt: skip
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
    fetcher = _fetcher(hub)
    wanted = _wanted(given.model, given.file, hub)
    if wanted.entry:
        _tell(wanted, fit=not given.no_fit)
    if hub.offline and (here := fetcher.local(wanted.reference)):
        say("The network is forbidden; what is here is used.")
        known = {"path": str(here), "complete": True}
        page.json([known]) if given.json else page.text(f"{here}\n")
        return 0
    wanted = fetcher.ask(wanted, sha256)
    if not wanted.entry:
        _tell(wanted, fit=not given.no_fit)
    announced = [facts_of(file, hub) for file in wanted.files]
    if given.dry_run:
        page.json(announced) if given.json else _print_plan(page, announced)
        return 0
    say(summary(announced))
    confirmed = (*wanted.confirmed, *(("--sha256",) if sha256 else ()))
    path = fetcher.fetch(wanted.files, confirmed)
    if given.json:
        page.json([facts_of(file, hub) for file in wanted.files])
    else:
        say(f"Verified. Chat with it: llamachat -m {quote(model_stem(path))}")
        page.text(f"{path}\n")
    return 0


def _wanted(text: str, file: str, hub: Hub) -> Wanted:
    """What is meant, before its server is asked."""
    if file:
        return Wanted(hub_reference(text.removeprefix("hf:"), file=file), hub=hub)
    return replace(wanted_model(text), hub=hub)


def _tell(wanted: Wanted, *, fit: bool) -> None:
    """Why this file, and whether it fits.

    Raises:
        OutOfMemory: with `fit`: this machine can never run it.
    """
    from llamachat.hardware.memory import read_memory
    from llamachat.models.before_fetch import check_memory

    if fit and (said := check_memory(wanted, read_memory())):
        say(said)
    if wanted.reason:
        say(f"{wanted.words}: {wanted.reason}.")


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
