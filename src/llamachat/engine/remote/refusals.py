"""What a server refuses, in one sentence each and with what to do.

The one place where statuses and error objects become ours. What a server says is shown on one line,
bounded, and never with the key in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from llamachat.engine.remote.address import Endpoint
from llamachat.engine.remote.key import Key
from llamachat.errors import EngineError, LlamaChatError, UsageError
from llamachat.sanitize import one_line

GIVE_KEY = "Give it one: LLAMACHAT_API_KEY=… before the command, or --api-key-file FILE"
MOST_QUOTED = 300
"""characters of what a server says"""

_CONTEXT = re.compile(
    r"(?:maximum (?:context|model) length (?:is|of)|max_model_len\D{0,20}|context size \(|"
    r"context of (?=\d+ holds))\D{0,4}(\d+)",
    re.IGNORECASE,
)
_REQUESTED = re.compile(
    r"(?:requested|resulted in|contains|passed|request \(|prompt \(|prompt has)\D{0,20}(\d+)",
    re.IGNORECASE,
)


class Refused(Exception):
    """A status other than 200, or an error in the midst of an answer."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.fault = _fault(text)
        """the error object, with its `message`"""


class TooLong(UsageError):
    """The prompt does not fit. Both figures are 0 where the server does not tell them."""

    def __init__(self, host: str, n_prompt: int, n_ctx: int) -> None:
        self.n_prompt, self.n_ctx = n_prompt, n_ctx
        told = f"has {n_prompt} tokens" if n_prompt else "is too long"
        holds = f"of {n_ctx} tokens" if n_ctx else "it has"
        super().__init__(
            f"The prompt {told}, and does not fit into the context {holds} at {host}.",
            "Shorten it, or begin a new chat; how large the context is, that server decides.",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, as far as a refusal is about it."""

    path: str = ""
    """of the protocol, as in /v1/completions"""
    extras: Collection[str] = field(default=())
    """fields beyond OpenAI's protocol"""


def explained(refused: Refused, endpoint: Endpoint, asked: Asked) -> LlamaChatError:
    """A refusal in words."""
    host, status = one_line(endpoint.host), refused.status
    said = _quoted(refused, endpoint)
    if status in (401, 403):
        return _key_refused(host, status, said, endpoint.key)
    if (too_long := _too_long(refused, host)) is not None:
        return too_long
    if status in (400, 422) and (names := _named(asked.extras, said)):
        return UsageError(
            f"{host} does not know {', '.join(names)}: {said}",
            "Leave it at its default: only what differs from that is sent.",
        )
    if 300 <= status < 400:
        return _moved(refused, host)
    if status in (404, 405, 501):
        return _not_there(host, said, endpoint, asked)
    if status == 413:
        return UsageError(f"The prompt is too large for {host}: {said}", "Begin a new chat.")
    if status == 429:
        return EngineError(f"{host} has too much to do, or too much was asked of it: {said}")
    if status >= 500:
        return EngineError(f"{host} is in trouble: {said}", "Try again in a moment.")
    return UsageError(f"{host} refuses the request: {said}")


def no_server(endpoint: Endpoint) -> EngineError:
    """Something answered, and not as such a server does."""
    return EngineError(
        f"What answers at {one_line(endpoint.host)} is no OpenAI-compatible server.",
        "Is there a sign-in page or another program? The address is that before /v1.",
    )


def _key_refused(host: str, status: int, said: str, key: Key) -> UsageError:
    if not key:
        return UsageError(f"{host} wants a key.", GIVE_KEY)
    if status == 401:
        which = f"the key in {one_line(key.source)}" if key.source else "the key"
        return UsageError(f"{host} does not accept {which}.", "Is it the right one, and complete?")
    return UsageError(f"{host} does not allow that with this key: {said}")


def _not_there(host: str, said: str, endpoint: Endpoint, asked: Asked) -> LlamaChatError:
    if "model" in said.lower():
        return UsageError(
            f"{host} has no model {endpoint.model!r}: {said}", "Name one that it has: -m NAME"
        )
    if asked.path == "/v1/completions":
        return UsageError(
            f"{host} continues no plain text: it has no {asked.path}.",
            "Talk in the model's own chat template: -T assistant",
        )
    return EngineError(f"{host} has no {asked.path}.", "The address is that before /v1.")


def _moved(refused: Refused, host: str) -> UsageError:
    """Never followed: the key would go with it."""
    there = urlsplit(refused.headers.get("location", ""))
    address = one_line(f"{there.scheme}://{there.netloc}{there.path}")[:MOST_QUOTED]
    if not there.netloc:
        return UsageError(f"{host} sends to another address.", "Give that one: --endpoint URL")
    return UsageError(
        f"{host} sends to another address, which is not followed: {address}",
        "Give that one, if you trust it: --endpoint URL",
    )


def _too_long(refused: Refused, host: str) -> TooLong | None:
    fault = refused.fault
    text = str(fault.get("message", ""))
    known = {fault.get("type"), fault.get("code")}
    told = {"exceed_context_size_error", "context_length_exceeded"} & {str(one) for one in known}
    if refused.status not in (400, 413, 422) or not (told or _CONTEXT.search(text)):
        return None
    return TooLong(
        host,
        _whole(fault.get("n_prompt_tokens")) or _first(_REQUESTED, text),
        _whole(fault.get("n_ctx")) or _first(_CONTEXT, text),
    )


def _named(extras: Collection[str], said: str) -> list[str]:
    return [name for name in extras if re.search(rf"\b{re.escape(name)}\b", said)]


def _fault(text: str) -> dict[str, Any]:
    """{"error": {"message": …}}, {"error": "…"}, {"detail": …} or a text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        is_page = "<html" in text[:1000].lower()
        return {"message": "" if is_page else text}
    if not isinstance(found, dict):
        return {"message": text}
    inner = found.get("error", found)
    if not isinstance(inner, dict):
        return {"message": str(inner)}
    return {**inner, "message": inner.get("message") or inner.get("detail") or ""}


def _quoted(refused: Refused, endpoint: Endpoint) -> str:
    """What the server says, in one line; its status where it says nothing."""
    said = endpoint.key.hidden_in(str(refused.fault.get("message", "")))
    said = " ".join(one_line(" ".join(said.split())).split())
    if not said:
        return f"HTTP {refused.status}."
    said = said if len(said) <= MOST_QUOTED else said[: MOST_QUOTED - 1] + "…"
    return said if said.endswith((".", "…", "!", "?")) else f"{said}."


def _whole(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 1 << 31 else 0


def _first(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(found[1][:9]) if found else 0
