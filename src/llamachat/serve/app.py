"""The ASGI application: routes, and the layers around them.

From the outside in: the log, other origins where they are allowed, who may ask, the body and the
client that may leave. Knows nothing of sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from llamachat.errors import LlamaChatError
from llamachat.serve.answering import Answering, notes_of
from llamachat.serve.embeddings import Embeddings
from llamachat.serve.facts import Facts
from llamachat.serve.guard import Guard
from llamachat.serve.intake import Intake
from llamachat.serve.keys import Keys
from llamachat.serve.refusal import SERVER, Refusal, of_error
from llamachat.serve.request_log import RequestLog
from llamachat.serve.sending import Json, refused
from llamachat.serve.service import Service

_PROMPTS = {
    "/v1/chat/completions": "messages",
    "/v1/completions": "prompt",
    "/v1/embeddings": "input",
}
"""the field that holds the prompt"""

_OFFERED = "/v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask."""

    keys: Keys
    local: bool
    """the server is bound to this machine alone"""
    origins: Sequence[str] = ()
    """of web pages"""
    proxies: Sequence[str] = ()
    """addresses and networks whose X-Forwarded-For is believed"""


def make_app(service: Service, access: Access, say: Callable[[str], None]) -> Starlette:
    """The whole server, without a socket."""
    routes = _routes(service)
    counted = frozenset(route.path for route in routes if "{" not in route.path)
    layers = [
        Middleware(RequestLog, say=say, metrics=service.metrics, paths=counted),
        *_other_origins(access.origins),
        Middleware(
            Guard, keys=access.keys, origins=access.origins, local=access.local, refuse=refused
        ),
        Middleware(Intake, refuse=refused),
    ]
    handlers = {LlamaChatError: _refused, HTTPException: _unrouted, Exception: _crashed}
    return Starlette(routes=routes, middleware=layers, exception_handlers=handlers)


def _routes(service: Service) -> list[Route]:
    facts = Facts(service)
    return [
        Route("/health", facts.health),
        Route("/metrics", facts.metrics),
        Route("/v1/models", facts.models),
        Route("/v1/models/{name:path}", facts.model),
        Route("/v1/chat/completions", Answering(service, "chat"), methods=["POST"]),
        Route("/v1/completions", Answering(service, "text"), methods=["POST"]),
        Route("/v1/embeddings", Embeddings(service), methods=["POST"]),
    ]


def _other_origins(origins: Sequence[str]) -> list[Middleware]:
    """CORS, where pages of other origins may ask."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],  # OpenAI's own client has a dozen
            expose_headers=["retry-after", "x-should-retry"],  # which it obeys
        )
    ]


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, LlamaChatError)
    refusal = of_error(error, prompt=_PROMPTS.get(request.scope["path"]))
    if refusal.status >= 500:
        notes_of(request.scope).remark = str(error)
    return Json(refusal.body, refusal.status, headers=refusal.headers)


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path, headers = request.scope["path"][:100], dict(error.headers or {})
    words = {
        404: (f"There is no {path} here; there are {_OFFERED}.", "not_found"),
        405: (f"This endpoint takes {headers.get('Allow')}.", "method_not_allowed"),
    }
    message, code = words.get(error.status_code, (error.detail, None))
    refusal = Refusal(error.status_code, message, code=code)
    headers |= refusal.headers
    return Json(refusal.body, refusal.status, headers=headers)


async def _crashed(request: Request, error: Exception) -> Response:
    refusal = Refusal(500, "The server made a mistake; its log says more.", kind=SERVER)
    return Json(refusal.body, refusal.status, headers=refusal.headers)
