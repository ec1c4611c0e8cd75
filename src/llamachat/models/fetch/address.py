"""A file at any address as a remote file: what its server says of it before a byte is fetched.

There is no hash to hold it against, unless the caller knows one. Knows nothing of the hub.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from llamachat.errors import DownloadError, UsageError
from llamachat.models.hub.account import Hub
from llamachat.models.hub.remote import ANSWER_WITHIN, RemoteFile
from llamachat.models.reference import public_address


def remote_file(url: str, hub: Hub, *, sha256: str | None = None) -> RemoteFile:
    """The file at `url`; size and ETag are unknown where the server does not answer a HEAD.

    Raises:
        DownloadError: the network is forbidden.
        UsageError: the address names no file.
    """
    path = unquote(urlsplit(url).path).lstrip("/")
    if not path.rpartition("/")[2]:
        raise UsageError(
            f"{public_address(url)} names no file.", "Give the address of a .gguf file."
        )
    if hub.offline:
        raise DownloadError(
            f"{public_address(url)} cannot be fetched: the network is forbidden.",
            "Leave out --offline and unset HF_HUB_OFFLINE.",
        )
    size, etag = _head(url, hub)
    return RemoteFile("", "", path, url, size, sha256, etag, "")


def _head(url: str, hub: Hub) -> tuple[int, str]:
    import httpx2
    from huggingface_hub.utils import get_session

    headers = {"user-agent": hub.headers()["user-agent"], "accept-encoding": "identity"}
    try:
        answer = get_session().head(url, headers=headers, timeout=ANSWER_WITHIN)
    except (httpx2.HTTPError, httpx2.InvalidURL):  # the transfer meets it again, and explains
        return 0, ""
    length = answer.headers.get("content-length", "")
    if answer.status_code != 200 or not length.isdecimal():
        return 0, ""
    return int(length), answer.headers.get("etag", "")
