"""What goes wrong on the way to a server, in one sentence each and with what to do.

The one place where exceptions of the HTTP client become ours. Knows nothing of what servers say.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from llamachat.engine.remote.address import Endpoint
from llamachat.engine.remote.events import BrokenOff, Garbled
from llamachat.engine.remote.exchange import TooMuch
from llamachat.errors import EngineDied, EngineError, LlamaChatError, UsageError
from llamachat.sanitize import one_line


def unreachable(error: BaseException, endpoint: Endpoint) -> LlamaChatError | None:
    """A line, name or certificate that does not work; None where it is no such thing."""
    import httpx2

    host = one_line(endpoint.host)
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return EngineError(
            f"The certificate of {host} cannot be verified.",
            "Where its authority is your own, make it known: SSL_CERT_FILE=/path/ca.pem",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return EngineError(
            f"{host} and this program find no common encryption.",
            "If the server has none, its address begins with http://",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        name = urlsplit(endpoint.url).hostname
        return EngineError(f"There is no host {name}, or no network.", "Is the name right?")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return EngineError(
            f"Nothing listens at {host}: the connection was refused.",
            "Start the server, or give another address: --endpoint URL",
        )
    match error:
        case httpx2.ProxyError():
            return EngineError(f"The proxy refuses: {error}.", "See HTTPS_PROXY and NO_PROXY.")
        case httpx2.ConnectTimeout():
            return EngineError(f"{host} does not answer.", "Is it on, and not behind a firewall?")
        case httpx2.TimeoutException():
            return EngineError(f"{host} has said nothing for too long.", "Try again.")
        case httpx2.ConnectError():
            return EngineError(f"{host} cannot be reached: {error or 'no connection'}.")
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return UsageError(f"{host} is no address of a server.")
        case httpx2.HTTPError() | BrokenOff():
            return EngineError(f"The connection to {host} was lost.", "Try again.")
    return None


def died(error: Exception, endpoint: Endpoint) -> EngineDied:
    """The end of an answer that had begun."""
    import httpx2

    host = one_line(endpoint.host)
    if isinstance(error, LlamaChatError):
        return EngineDied(error.message, error.hint)
    match error:
        case Garbled() | TooMuch():
            what = f"{host} sent something that is no answer"
        case httpx2.TimeoutException():
            what = f"{host} fell silent in mid answer"
        case _:
            what = f"The connection to {host} broke off in mid answer"
    return EngineDied(
        f"{what}; what had come is kept.",
        "The next message connects anew.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
