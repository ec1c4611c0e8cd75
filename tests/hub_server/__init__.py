"""A hub on this machine for tests: speaks its protocol to the real client, and misbehaves on order.

    with HubServer() as hub:
        commit = hub.add("user/repo", {"model.Q4_K_M.gguf": data})
        hub.faults.append(Cut(after=1000))
        …            # HF_ENDPOINT=hub.url

Bytes come from a second address, as the real hub's do from its content network, so that a token
which leaves the hub is seen. Knows nothing of llamachat.
"""

from tests.hub_server.faults import (
    Cut,
    Fault,
    Garbled,
    NoRanges,
    OtherEtag,
    Page,
    Replaced,
    Stall,
    Status,
    Unsized,
)
from tests.hub_server.hub import HubServer, Request
from tests.hub_server.repository import Repository, Stored

__all__ = [
    "Cut",
    "Fault",
    "Garbled",
    "HubServer",
    "NoRanges",
    "OtherEtag",
    "Page",
    "Replaced",
    "Repository",
    "Request",
    "Stall",
    "Status",
    "Stored",
    "Unsized",
]
