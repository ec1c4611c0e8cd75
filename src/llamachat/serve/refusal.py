"""Why a request is not answered, as an HTTP status and OpenAI's error object.

    {"error": {"message": …, "type": …, "param": …, "code": …}}

Errors of the rooms below become refusals here, so that no endpoint knows how they map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from llamachat.errors import EngineError, LlamaChatError, PromptTooLong, UsageError

INVALID = "invalid_request_error"
SERVER = "server_error"
RETRY_SOON = {"retry-after": "1"}
DO_NOT_RETRY = {"x-should-retry": "false"}
"""OpenAI's clients obey it; else they would send what kills an engine three times"""


class Refusal(LlamaChatError):
    """An answer that is an error; `param` names the field of the request that is wrong. Without a
    `retry-after` in its headers the same request would only be refused again, and they say so."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = INVALID,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = dict(headers or {})
        if "retry-after" not in self.headers:
            self.headers |= DO_NOT_RETRY

    @property
    def body(self) -> dict[str, object]:
        """OpenAI's error object."""
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": error}


def invalid(param: str | None, message: str, *, code: str = "invalid_value") -> Refusal:
    """A field of the request is wrong."""
    return Refusal(400, message, param=param, code=code)


def unsupported(param: str, what: str) -> Refusal:
    """A field of OpenAI's protocol that this server has no answer to."""
    return Refusal(400, f"{what} not supported.", param=param, code="unsupported_parameter")


def loading() -> Refusal:
    """The model is still being loaded; the words are llama-server's."""
    return Refusal(
        503, "Loading model", kind="unavailable_error", code="loading", headers=RETRY_SOON
    )


def leaving() -> Refusal:
    """The server is being stopped."""
    return Refusal(
        503,
        "The server is shutting down.",
        kind=SERVER,
        code="shutting_down",
        headers=RETRY_SOON,
    )


def given_up(seconds: float) -> Refusal:
    """The engine has died too often, and rests for so long."""
    wait = max(math.ceil(seconds), 1)
    return Refusal(
        503,
        f"The engine has died too often in a row; it is tried again in {wait} s.",
        kind=SERVER,
        code="engine_given_up",
        headers={"retry-after": str(wait)},
    )


_ABOUT = {
    "The JSON schema": "response_format",
    "The grammar": "grammar",
    "A grammar": "grammar",
}
"""how sentences of the engine begin: the field that they are about"""


def of_error(error: LlamaChatError, *, prompt: str | None = None) -> Refusal:
    """What an error of the engine or the chat means to the client. Hints are for whoever started
    the server: they name its files and flags.

    Args:
        prompt: the field of the request that holds the prompt.
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, PromptTooLong):
        return invalid(prompt, error.message, code="context_length_exceeded")
    if isinstance(error, UsageError):
        about = (field for words, field in _ABOUT.items() if error.message.startswith(words))
        return invalid(next(about, None), str(error))
    if isinstance(error, EngineError):
        return Refusal(500, error.message, kind=SERVER, code="engine_failed")
    return Refusal(500, error.message, kind=SERVER, code="internal_error")
