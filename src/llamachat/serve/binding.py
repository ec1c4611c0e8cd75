"""The address a server listens on: which one it is, who can reach it, and the socket.

Knows nothing of what is served.
"""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress

from llamachat.errors import UsageError


def is_loopback_name(name: str) -> bool:
    """Whether this names the machine itself, without asking anybody."""
    if name.rstrip(".").lower() == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    return False


def bind(host: str, port: int, *, exposed: UsageError | None) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Args:
        exposed: raised where other machines could reach it; None: they may.

    Raises:
        UsageError: there is no such address here, or something else listens there.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"There is no address {host!r}: {reason}.") from None
    family, kind, protocol, _, address = found[0]
    if exposed is not None and not is_loopback_name(str(address[0])):
        raise exposed
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Nothing can listen on {host}:{port}: {error.strerror or error}.",
            "Another port: --port 8081; any free one: --port 0",
        ) from None
    return listener


def is_local(listener: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    return is_loopback_name(str(listener.getsockname()[0]))


def url_of(listener: socket.socket) -> str:
    """Where it listens, as a client writes it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
