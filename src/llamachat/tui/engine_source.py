"""Where the engine of the chat comes from: a model file on this machine, or a server.

Knows how each is opened, and what is to be said about it then; nothing of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llamachat.engine.base import Engine
from llamachat.engine.params import EngineOptions
from llamachat.errors import UsageError

if TYPE_CHECKING:
    from llamachat.engine.remote.address import Endpoint
    from llamachat.tui.launch import Launch

    Source = EngineOptions | Endpoint
    """how a model is loaded, or the server that has loaded one"""


def open_source(
    source: Source, on_progress: Callable[[float], None]
) -> tuple[Engine, tuple[str, ...]]:
    """The engine, and what is to be said about it.

    Raises:
        LlamaChatError: as `open_engine` and `RemoteEngine` do, and what `on_progress` raises.
    """
    if isinstance(source, EngineOptions):
        return _load(source, on_progress)
    from llamachat.engine.remote.engine import RemoteEngine  # 60 ms: the HTTP client

    on_progress(0.0)
    engine = RemoteEngine(source)
    return engine, engine.notes


def _load(
    options: EngineOptions, on_progress: Callable[[float], None]
) -> tuple[Engine, tuple[str, ...]]:
    from llamachat.engine.open import open_engine  # 30 ms after the first paint
    from llamachat.models.load_check import changed_since_verified
    from llamachat.models.settle import settle_here

    settled = settle_here(options)
    changed = changed_since_verified(options.model)
    engine = open_engine(options.model, options=settled.options, on_progress=on_progress)
    return engine, tuple(filter(None, (changed, *settled.sentences)))


def server_of(launch: Launch, options: EngineOptions) -> Endpoint | None:
    """The server that computes, unless a model of this machine has been taken since the start."""
    return launch.endpoint if options == launch.options else None


def refuse_for_server(launch: Launch, options: EngineOptions, wanted: EngineOptions) -> None:
    """Raises UsageError where it is the server who has loaded the model that is to be loaded
    otherwise."""
    server = server_of(launch, options)
    if server is not None and wanted != options and wanted.model == options.model:
        raise UsageError(
            f"How the model is loaded is decided at {server.host}.",
            "One on this machine: /model NAME",
        )
