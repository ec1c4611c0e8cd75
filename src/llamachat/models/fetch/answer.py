"""Whether an answer is the bytes that were asked for, before one of them is kept.

    206  from the right place, of a file of the right size     they continue what is there
    200  of the right size                                     the file from its beginning
    416  what is there is too long                             begin again
    a web page, another size, another name for the content     refused, what is there stays
    408 429 5xx, and 403 of an address that is signed          may pass: try again

Knows nothing of connections or disks.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from llamachat.errors import DownloadError
from llamachat.models.fetch.stream import Dropped, Head
from llamachat.models.hub.remote import PASSING, RemoteFile

Place = Literal["continues", "begins"]
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


def judge(head: Head, file: RemoteFile, offset: int) -> Place:
    """Where the bytes go: behind the `offset` that are there, or in their place.

    Raises:
        Dropped: it may go better another time.
        DownloadError: it will not.
    """
    if head.status == 416 and offset:
        return "begins"
    if head.status not in (200, 206):
        raise _refusal(head, file)
    _check_name(head, file)
    start, whole = _extent(head)
    if _is_page(head) and whole != file.size:
        raise DownloadError(
            f"{_host(head)} sent a web page instead of {file.name}.",
            "Is there a network that wants a sign-in, or a proxy, in between? What was received "
            "before is kept.",
        )
    if file.size and whole is not None and whole != file.size:
        raise DownloadError(
            f"{_host(head)} offers {file.name} with {whole:,} bytes; the hub says {file.size:,}.",
            "It is another file, or a cut one. Try again later; what was received before is kept.",
        )
    if start not in (0, offset):
        raise Dropped(f"the answer begins at byte {start:,} instead of {offset:,}")
    if start and head.headers.get("content-encoding", "identity") != "identity":
        raise Dropped("the answer is compressed in its middle")
    return "continues" if start == offset else "begins"


def size_of(head: Head) -> int:
    """Bytes of the whole file as this answer has it; 0 where it does not say."""
    return _extent(head)[1] or 0


def strong_etag(head: Head) -> str | None:
    """The name this machine has for the content, if it names it to the byte."""
    etag = head.headers.get("etag", "")
    return etag if re.fullmatch(r'"[\x21\x23-\x7e]{1,256}"', etag) else None


def _extent(head: Head) -> tuple[int, int | None]:
    """Where the bytes begin, and how many the whole file has."""
    match = _RANGE.fullmatch(head.headers.get("content-range", ""))
    if head.status == 206:
        if match is None:
            raise Dropped("the answer does not say which bytes it is")
        total = match.group(3)
        return int(match.group(1)), int(total) if total != "*" else None
    length = head.headers.get("content-length", "")
    plain = head.headers.get("content-encoding", "identity") == "identity"
    return 0, int(length) if length.isdecimal() and plain else None


def _check_name(head: Head, file: RemoteFile) -> None:
    """The hub names the content on the way; it must still be the one we know."""
    linked = head.linked.get("x-linked-etag")
    if linked is not None and file.blob and linked.strip('"') != file.blob:
        raise DownloadError(
            f"{file.name} was changed on the hub meanwhile.",
            "Run the command again: it asks for the new version.",
        )


def _is_page(head: Head) -> bool:
    return head.headers.get("content-type", "").lower().startswith(("text/html", "application/xht"))


def _refusal(head: Head, file: RemoteFile) -> Exception:
    status, host = head.status, _host(head)
    moved = urlsplit(head.url).netloc != urlsplit(file.url).netloc
    if status in PASSING or (status == 403 and moved):
        words = "wants fewer requests" if status == 429 else f"answers HTTP {status}"
        return Dropped(f"{host} {words}", head.headers.get("retry-after"))
    if status in (404, 410):
        return DownloadError(
            f"{file.name} is not at {host} (any more).", "Check the name; it may have moved."
        )
    return DownloadError(f"{host} answers HTTP {status} instead of {file.name}.", file.source)


def _host(head: Head) -> str:
    return urlsplit(head.url).hostname or "the server"
