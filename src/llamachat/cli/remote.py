"""Which server is to compute, as flags, settings and environment say.

For chats and single answers; whoever serves, tunes or compares means a model of this machine. Flags
that say how a model is loaded here are refused beside it: the server has loaded it. Knows flags;
the server is `engine.remote`'s.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.bundled import DefaultModel
from llamachat.cli.flags.given import Given
from llamachat.cli.flags.model import MACHINE, MODEL
from llamachat.cli.loading import QUICK_LOAD, chosen_model, load
from llamachat.cli.story import Story
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded

if TYPE_CHECKING:
    from llamachat.engine.llama.engine import LlamaEngine
    from llamachat.engine.process import ProcessEngine
    from llamachat.engine.remote.address import Endpoint
    from llamachat.engine.remote.engine import RemoteEngine

NONE = "none"
"""in place of an address: on this machine, whatever the settings say"""
_MEANT = ("model", "n_ctx", "offline")
"""flags of the model that have a meaning for a server too, or do no harm"""
_OF_FILES = ("prompt_cache", "prompt_cache_all", "prompt_cache_ro")


def asked_endpoint(given: Given) -> Endpoint | None:
    """The server that is to be talked to; None: the model runs here.

    Raises:
        UsageError: no address, a key that cannot be used, or flags that mean a model here.
    """
    address = given.text("endpoint")
    if address is None or address.strip().lower() == NONE:
        return None
    from llamachat.engine.remote.address import endpoint
    from llamachat.engine.remote.key import find_key

    _refuse_flags_of_this_machine(given)
    file = given.text("api_key_file")
    return endpoint(
        address,
        model=_model(given),
        key=find_key(expanded(file) if file else None),
        n_ctx=0 if given.stands("n_ctx") else given.whole("n_ctx") or 0,
        key_in_the_clear=given.on("key_over_http"),
    )


def speaking_model(given: Given, story: Story, *, remembered: str = "") -> DefaultModel:
    """The model that answers: one of the server that was asked for, else `chosen_model`."""
    server = asked_endpoint(given)
    if server is not None:
        return DefaultModel(server.stand_in, "")
    return chosen_model(given, story, remembered=remembered)


def open_speaker(
    given: Given, model: Path, story: Story, *, isolated: bool
) -> RemoteEngine | ProcessEngine | LlamaEngine:
    """The engine of that model; a context manager.

    Raises:
        UsageError, EngineError: as `RemoteEngine` does.
        LlamaChatError: as `load` does.
    """
    server = asked_endpoint(given)
    if server is not None:
        return connect(server, story)
    return load(given, model, story, isolated=isolated)


def connect(endpoint: Endpoint, story: Story) -> RemoteEngine:
    """The engine there; what must be said about it is said.

    Raises:
        UsageError, EngineError: as `RemoteEngine` does.
    """
    from llamachat.engine.remote.engine import RemoteEngine  # 60 ms: the HTTP client

    status = story.status_line(QUICK_LOAD)
    status.update(f"Connecting to {endpoint.host}")
    try:
        engine = RemoteEngine(endpoint)
    finally:
        status.clear()
    for note in engine.notes:
        story.say(f"[ {note} ]")
    return engine


def _model(given: Given) -> str:
    """-m of this command line; the `model` of the settings is one of this machine."""
    if "model" in given and not given.stands("model"):
        return given.text("model") or ""
    return given.text("endpoint_model") or ""


def _refuse_flags_of_this_machine(given: Given) -> None:
    """Those of this command line; settings and variables stand for every start."""
    flags = [flag for group in (MODEL, MACHINE) for flag in group.flags]
    names = {
        flag.key: flag.name
        for flag in flags
        if flag.key not in _MEANT and not (flag.env and flag.env in os.environ)
    }
    names |= {key: f"--{key.replace('_', '-')}" for key in _OF_FILES}
    for key, name in names.items():
        if key in given and not given.stands(key):
            raise UsageError(
                f"{name} is about a model on this machine, but a server computes.",
                "Leave it out, or stay here: --endpoint none",
            )
