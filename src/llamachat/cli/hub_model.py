"""The model of -hf and -mu: on this disk already, or fetched.

What is here and verified is used without asking the hub; --offline never asks. A screen may fetch
for itself, once the hub has said what the files are: what is wrong with a name or a token is said
in the shell, where it can be mended. Knows flags; the fetching is `models.fetch`'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.cli.flags.given import Given
from llamachat.cli.story import Story
from llamachat.errors import DownloadError, UsageError
from llamachat.models.reference import HubReference, UrlReference, hub_reference, parse_reference

if TYPE_CHECKING:
    from llamachat.cli.fetching import Fetcher
    from llamachat.models.hub import Hub
    from llamachat.models.wanted import Wanted

_KEYS = {"hf_repo": "-hf", "model_url": "-mu"}


def hub_model(given: Given, story: Story) -> Path:
    """The file that these flags mean, here and verified; one of them was given.

    Raises:
        UsageError: two models were named, or something that is none.
        OutOfMemory: it can never run here.
        DownloadError: it is not here, and cannot be fetched.
    """
    found = find_hub_model(given, story)
    if isinstance(found, Path):
        return found
    from llamachat.cli.models.announcing import facts_of, summary

    story.say(summary([facts_of(file, found.asked_hub) for file in found.files]))
    return _fetcher(found.asked_hub, story).fetch(found.files)


def find_hub_model(given: Given, story: Story) -> Path | Wanted:
    """The file, where it is here; else what must be fetched, its server having been asked.

    Raises:
        UsageError, OutOfMemory, DownloadError: as `hub_model` does.
    """
    reference = asked(given)
    assert reference is not None
    from llamachat.models.fetch.local import is_certain
    from llamachat.models.hub import Hub
    from llamachat.models.wanted import Wanted

    hub = Hub.from_environment(token=given.text("hf_token"), offline=given.on("offline"))
    fetcher = _fetcher(hub, story)
    here = fetcher.local(reference)
    certain = isinstance(reference, HubReference) and here and is_certain(reference, here)
    if here is not None and (hub.offline or certain):
        return here
    try:
        wanted = fetcher.ask(Wanted(reference, hub=hub))
    except DownloadError as error:
        if here is None:
            raise
        story.say(f"{error.message} What is here already is used: {here.name}")
        return here
    if fetcher.has(wanted):
        return fetcher.fetch(wanted.files)
    if given.switch("fit") is not False and not given.whole("n_gpu_layers"):
        _require_memory(wanted, story)
    return wanted


def asked(given: Given) -> HubReference | UrlReference | None:
    """What -hf with -hff, or -mu, names.

    Raises:
        UsageError: it is nothing, or -m names another.
    """
    repo, url, file = (given.text(key) for key in ("hf_repo", "model_url", "hf_file"))
    flags = [flag for key, flag in _KEYS.items() if key in given]
    if "model" in given and not given.stands("model"):
        flags.insert(0, "-m")
    if len(flags) > 1 and flags != ["-m"]:
        raise UsageError(
            f"{' and '.join(flags)} both name a model.",
            "Leave one out; a variable like LLAMA_ARG_MODEL counts too.",
        )
    if url is not None:
        found = parse_reference(url)
        if not isinstance(found, HubReference | UrlReference):
            raise UsageError(f"{url!r} is no address.", "It begins with https://")
        return found
    if repo is not None:
        return hub_reference(repo, file=file or "")
    if file is not None:
        raise UsageError(
            "-hff names a file of the repository of -hf.", f"llamachat -hf user/repo -hff {file}"
        )
    return None


def _fetcher(hub: Hub, story: Story) -> Fetcher:
    from llamachat.cli.fetching import APPEARS, Fetcher

    return Fetcher(hub, story.status_line(APPEARS) if story.draws else None, story.say)


def _require_memory(wanted: Wanted, story: Story) -> None:
    """Before anything is fetched."""
    from llamachat.hardware.memory import read_memory
    from llamachat.models.before_fetch import check_memory

    if said := check_memory(wanted, read_memory()):
        story.say(said)
