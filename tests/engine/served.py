"""Remote engines together with the servers that they talk to."""

from __future__ import annotations

from llamachat.engine.base import Engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.engine import RemoteEngine
from llamachat.models.patience import Patience
from tests.chat_server import ChatServer
from tests.engine.llama_server import LlamaServer

AT_ONCE = Patience(tries=3, first=0.01, longest=0.02, stall=5.0, ordered=1.0)


class ServedEngine(RemoteEngine):
    """The way over HTTP to an engine in this process."""

    def __init__(self, engine: Engine, *, kind: str = "llamacpp") -> None:
        self.server = ChatServer(engine, kind=kind)
        super().__init__(endpoint(self.server.url), patience=AT_ONCE)

    def close(self) -> None:
        super().close()
        self.server.close()


class LlamaServed(RemoteEngine):
    """The way over HTTP to llama.cpp's own server."""

    def __init__(self, options: EngineOptions) -> None:
        self.server = LlamaServer(model=options.model, n_ctx=options.n_ctx)
        super().__init__(endpoint(self.server.url))

    def close(self) -> None:
        super().close()
        self.server.kill()
