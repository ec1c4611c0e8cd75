"""POST /v1/chat/completions and /v1/completions: from a request to its answer, whole or streamed.

The status line goes out once the engine has taken the prompt, so that whatever is wrong with a
request has its HTTP status; what goes wrong later in a stream is an event with OpenAI's error
object. Knows nothing of how bodies are read or replies are written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from llamachat.engine.base import Done
from llamachat.errors import LlamaChatError
from llamachat.serve.asked import Asked
from llamachat.serve.chat_request import read_chat
from llamachat.serve.completion_request import read_completion
from llamachat.serve.ending import Ending
from llamachat.serve.fields import read_object
from llamachat.serve.pieces import Piece, Pieces
from llamachat.serve.refusal import Refusal, leaving, of_error
from llamachat.serve.replies import Kind, Reply
from llamachat.serve.sending import DONE, EventStream, Json, comment, data
from llamachat.serve.service import Notes, Service


class Answering:
    """One of the two endpoints."""

    def __init__(self, service: Service, kind: Kind) -> None:
        self._service = service
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service, notes = self._service, notes_of(scope)
        asked = await asyncio.to_thread(self._read, await Request(scope, receive).body())
        reply = Reply(
            self._kind, service.model, service.fingerprint, asked.top, asked.include_usage
        )
        async with service.desk.ask(
            scope["llamachat.client"],
            lambda engine: engine.generate(asked.prompt, asked.params),
            Ending(notes, service.metrics),
        ) as events:
            pieces = Pieces(events, trims=asked.trims)
            try:
                await pieces.begin()
                _refuse_failed(pieces.done, begun=False)
                if asked.stream:
                    await EventStream(_events(pieces, reply, asked.progress))(scope, receive, send)
                else:
                    await Json(await _whole(pieces, reply))(scope, receive, send)
            finally:
                notes.done = pieces.done
                if pieces.done.fault is not None:
                    notes.remark = str(pieces.done.fault)

    def _read(self, body: bytes) -> Asked:
        """In a thread: with thousands of messages a chat template takes seconds, in which others
        would get nothing.

        Raises:
            Refusal: the body asks for what is not to be had.
        """
        fields, service = read_object(body), self._service
        info = service.desk.info
        if self._kind == "chat":
            return read_chat(fields, service.form(), info)
        return read_completion(fields, service.base(), info)


def notes_of(scope: Scope) -> Notes:
    """What is told of this request when it is over."""
    notes = scope.setdefault("llamachat.notes", Notes())
    assert isinstance(notes, Notes)
    return notes


async def _whole(pieces: Pieces, reply: Reply) -> dict[str, object]:
    said = [piece async for piece in pieces if isinstance(piece, Piece)]
    _refuse_failed(pieces.done, begun=True)
    return reply.whole(said, pieces.done)


async def _events(pieces: Pieces, reply: Reply, progress: bool) -> AsyncIterator[bytes]:
    opening = reply.opening()
    if opening is not None:
        yield data(opening)
    try:
        async for piece in pieces:
            if isinstance(piece, Piece):
                yield data(reply.chunk(piece))
            elif progress:
                yield data(reply.progress(piece))
            else:
                yield comment(f"prompt {piece.done}/{piece.total}")
        _refuse_failed(pieces.done, begun=True)
    except LlamaChatError as error:
        yield data(of_error(error).body)
        return
    for last in reply.closing(pieces.done):
        yield data(last)
    yield DONE


def _refuse_failed(done: Done, *, begun: bool) -> None:
    """Raises Refusal where the answer did not come to its end."""
    if done.reason == "died":
        raise of_error(done.fault) if done.fault is not None else Refusal(500, "The engine died.")
    if done.reason == "cancelled" and begun:
        raise leaving()
