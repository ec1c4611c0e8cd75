"""Answers one HTTP request: a list of models, tokens, or an answer as a stream of events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt, raw_prompt
from llamachat.errors import UsageError
from tests.chat_server.events import event_objects
from tests.chat_server.faults import (
    BadEvent,
    Cut,
    ErrorEvent,
    Fault,
    HugeLine,
    Page,
    Pieces,
    Silence,
    Status,
)
from tests.chat_server.server import ChatServer, Received

PATIENCE = 5.0
"""seconds of silence at most, so that no thread stays behind"""


def handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"of": server})


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    of: ClassVar[ChatServer]

    def do_GET(self) -> None:
        self._route(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._route(json.loads(self.rfile.read(length)))

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""

    def _route(self, body: Any) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.of.received.append(Received(self.path, headers, body))
        talkative = self.of.kind == "llamacpp"
        if self.of.key and headers.get("authorization") != f"Bearer {self.of.key}":
            self._error(Status(401, f"Incorrect API key {headers.get('authorization')}"))
        elif self.path in self.of.silent:
            self._wait_for_leaving()
        elif self.path == "/v1/models":
            self._json({"object": "list", "data": [self._model(name) for name in self.of.models]})
        elif self.path in ("/v1/completions", "/v1/chat/completions"):
            self._answer(body)
        elif self.path == "/tokenize" and talkative:
            count = self.of.engine.count(raw_prompt(body["content"]))
            self._json({"tokens": list(range(count))})
        elif self.path == "/props" and talkative:
            self._json({"bos_token": "<s>", "eos_token": "</s>"})
        else:
            self._error(Status(404, "Not Found"))

    def _model(self, name: str) -> dict[str, object]:
        facts = {"n_ctx": self.of.engine.info.n_ctx, "n_params": 7}
        told = {"meta": facts} if self.of.kind == "llamacpp" else {}
        return {"id": name, "object": "model", "owned_by": self.of.kind, **told}

    def _answer(self, body: Any) -> None:
        fault = self.of.faults.pop(0) if self.of.faults else None
        if isinstance(fault, Status):
            self._error(fault)
            return
        if isinstance(fault, Page):
            self._send(200, "text/html", b"<!DOCTYPE html><html>Please sign in.</html>")
            return
        with self.of.answering:
            try:
                self._stream(body, fault)
            except UsageError as error:
                self._error(Status(400, error.message, more={"type": "exceed_context_size_error"}))
            except OSError:
                self.of.lost.set()

    def _stream(self, body: Any, fault: Fault | None) -> None:
        events = self.of.engine.generate(_prompt(body), _params(body))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        try:
            told = event_objects(events, body, talkative=self.of.kind == "llamacpp")
            for data in self._spoiled(told, fault):
                self._write(data, fault)
        finally:
            events.close()  # type: ignore[attr-defined]

    def _spoiled(self, told: Iterator[dict[str, Any]], fault: Fault | None) -> Iterator[bytes]:
        """The bytes of each event, as far as they come."""
        texts = 0
        for value in told:
            if fault is not None and not isinstance(fault, Status | Page | Pieces):
                if texts == fault.after:
                    yield from self._instead(fault)
                    return
                texts += bool(_text(value))
            yield b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"

    def _instead(self, fault: Cut | ErrorEvent | BadEvent | HugeLine | Silence) -> Iterator[bytes]:
        match fault:
            case ErrorEvent():
                value = {"error": {"code": 500, "message": fault.message, "type": "server_error"}}
                yield b"data: " + json.dumps(value).encode() + b"\n\n"
            case BadEvent():
                yield b'data: {"choices": [{"text": \n\n'
            case HugeLine():
                for _ in range(80):
                    yield b"data: " + b"x" * 65536
            case Silence():
                self._wait_for_leaving()
            case Cut():
                return

    def _write(self, data: bytes, fault: Fault | None) -> None:
        size = fault.size if isinstance(fault, Pieces) else len(data)
        for start in range(0, len(data), size):
            self.wfile.write(data[start : start + size])
            self.wfile.flush()

    def _wait_for_leaving(self) -> None:
        self.connection.settimeout(PATIENCE)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not self.connection.recv(1024):
                self.of.lost.set()
                return

    def _error(self, status: Status) -> None:
        error = {"message": status.message, "code": status.code, **status.more}
        self._send(
            status.code,
            "application/json",
            json.dumps({"error": error}).encode(),
            dict(status.headers),
        )

    def _json(self, value: object) -> None:
        self._send(200, "application/json", json.dumps(value).encode())

    def _send(
        self, status: int, kind: str, data: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _prompt(body: Any) -> Prompt:
    if "prompt" in body:
        return raw_prompt(body["prompt"])
    return raw_prompt("".join(f"{one['role']}: {one['content']}\n" for one in body["messages"]))


def _params(body: Any) -> GenerateParams:
    limit = body.get("max_tokens")
    sampling = SamplingParams(
        temp=body["temperature"],
        ignore_eos=body.get("ignore_eos", False),
        seed=body.get("seed", -1),
    )
    return GenerateParams(-1 if limit is None else limit, tuple(body.get("stop", ())), sampling)


def _text(value: dict[str, Any]) -> str:
    choices = value.get("choices") or [{}]
    return str(choices[0].get("text") or (choices[0].get("delta") or {}).get("content") or "")
