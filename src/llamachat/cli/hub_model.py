"""The model of -hf and -mu: on this disk already, or fetched before anything else happens.

What is here and verified is used without asking the hub; --offline never asks. Knows flags; the
fetching is `models.fetch`'s.
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

_KEYS = {"hf_repo": "-hf", "model_url": "-mu"}


def hub_model(given: Given, story: Story) -> Path:
    """The file that these flags mean; one of them was given.

    Raises:
        UsageError: two models were named, or something that is none.
        DownloadError: it is not here, and cannot be fetched.
    """
    reference = asked(given)
    assert reference is not None
    from llamachat.cli.fetching import APPEARS, Fetcher
    from llamachat.models.fetch.local import is_certain
    from llamachat.models.hub import Hub

    hub = Hub.from_environment(token=given.text("hf_token"), offline=given.on("offline"))
    fetcher = Fetcher(hub, story.status_line(APPEARS) if story.draws else None, story.say)
    if isinstance(reference, UrlReference):
        from llamachat.models.fetch.address import remote_file

        return fetcher.fetch([remote_file(reference.url, hub)])
    here = fetcher.local(reference)
    if here is not None and (hub.offline or is_certain(reference, here)):
        return here
    return _fetched(fetcher, hub, reference, here, story)


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


def _fetched(
    fetcher: Fetcher, hub: Hub, reference: HubReference, here: Path | None, story: Story
) -> Path:
    from llamachat.models.hub import resolve

    try:
        files = resolve(reference, hub)
    except DownloadError as error:
        if here is None:
            raise
        story.say(f"{error.message} What is here already is used: {here.name}")
        return here
    from llamachat.cli.models.announcing import facts_of, summary

    announced = [facts_of(file, hub) for file in files]
    if not all(facts["complete"] for facts in announced):
        story.say(summary(announced))
    return fetcher.fetch(files)
