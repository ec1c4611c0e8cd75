"""Where a server is: its address in the forms that people copy, and what must not be in one.

`http://127.0.0.1:8080`, `https://host/v1` and `localhost:11434` all name a server; a key or a
password in an address would end up in histories and logs, so it is refused. Knows nothing of
requests.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from llamachat.engine.remote.key import NO_KEY, Key
from llamachat.errors import UsageError

_EXAMPLE = "As in: --endpoint http://127.0.0.1:8080"
_TAILS = ("/chat/completions", "/completions", "/models")
"""what is copied along with an address"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, what to ask for there, and with which key."""

    url: str
    """scheme, host, port and the path above /v1; no slash at its end"""
    model: str = ""
    """empty: the only one it has"""
    key: Key = field(default=NO_KEY)
    n_ctx: int = 0
    """tokens of context to assume where the server does not tell; 0 = as few as is usual"""

    @property
    def host(self) -> str:
        """Host and port, for people."""
        return urlsplit(self.url).netloc

    @property
    def words(self) -> str:
        """Model and host, for people."""
        return f"{self.model} at {self.host}" if self.model else self.host

    @property
    def stand_in(self) -> Path:
        """What stands where the file of a model is expected: no file."""
        return Path(self.words)

    @property
    def is_here(self) -> bool:
        """On this machine: nothing leaves it."""
        return _is_loopback(urlsplit(self.url).hostname or "")

    @property
    def encrypted(self) -> bool:
        return self.url.startswith("https:")

    def api(self, path: str) -> str:
        """An address of OpenAI's protocol."""
        return f"{self.url}/v1{path}"

    def own(self, path: str) -> str:
        """One of the server's own."""
        return self.url + path


def endpoint(
    address: str,
    *,
    model: str = "",
    key: Key = NO_KEY,
    n_ctx: int = 0,
    key_in_the_clear: bool = False,
) -> Endpoint:
    """The server that is meant.

    Args:
        key_in_the_clear: a key may go over a line that others can read.

    Raises:
        UsageError: no server is meant, or the key would be sent where others can read it.
    """
    found = Endpoint(_base(_split(address.strip())), model, key, n_ctx)
    if key and not (found.encrypted or found.is_here or key_in_the_clear):
        raise UsageError(
            f"The key would go to {found.host} in the clear, for http:// is not encrypted.",
            "Give an address with https://, take the key away, or allow it: --key-over-http",
        )
    return found


def _split(address: str) -> SplitResult:
    """Without a scheme only a server on this machine is meant."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        usable = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not address.isprintable() or " " in address:
        raise UsageError("The endpoint is no address of a server.", _EXAMPLE)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "An address must not contain a password or a key.",
            "Put it into LLAMACHAT_API_KEY, or into a file: --api-key-file FILE",
        )
    if "://" not in address and not _is_loopback(parts.hostname or ""):
        here = parts.netloc + parts.path
        raise UsageError(
            f"The endpoint {here} does not say how to talk to it.",
            f"Is it https://{here} or http://{here}?",
        )
    return parts


def _base(parts: SplitResult) -> str:
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"An endpoint begins with http:// or https://, not {parts.scheme}://.")
    if parts.query or parts.fragment:
        here = f"{parts.scheme}://{parts.netloc}{parts.path}"  # a key may stand behind it
        raise UsageError(f"An endpoint ends before the first ? or #: {here}", _EXAMPLE)
    path = parts.path.rstrip("/")
    for tail in _TAILS:
        path = path.removesuffix(tail)
    path = path.removesuffix("/v1")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
