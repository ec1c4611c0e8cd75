"""An OpenAI-compatible server on this machine for tests: a real engine behind the real protocol,
which misbehaves on order.

    with ChatServer(ScriptedEngine(["Hello."])) as server:
        server.faults.append(Cut(after=2))
        …            # --endpoint server.url

It can be as talkative as llama-server or say no more than the protocol asks for. Knows nothing of
`llamachat.engine.remote`.
"""

from tests.chat_server.faults import (
    BadEvent,
    Cut,
    ErrorEvent,
    Fault,
    HugeLine,
    Page,
    Pieces,
    Silence,
    Status,
)
from tests.chat_server.server import ChatServer, Received

__all__ = [
    "BadEvent",
    "ChatServer",
    "Cut",
    "ErrorEvent",
    "Fault",
    "HugeLine",
    "Page",
    "Pieces",
    "Received",
    "Silence",
    "Status",
]
