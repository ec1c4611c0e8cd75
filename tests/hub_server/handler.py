"""Answers one HTTP request, as the hub or as its content network."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub_server.faults import Status
from tests.hub_server.hub import STRANGER, TOKEN, HubServer, Request
from tests.hub_server.repository import Repository, Stored
from tests.hub_server.sending import Reply, reply_with

PIECE = 16 * 1024


def handler(hub: HubServer, at: str) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"hub": hub, "at": at})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go separately; else each answer takes 40 ms
    hub: ClassVar[HubServer]
    at: ClassVar[str]

    def do_GET(self) -> None:
        self._route()

    def do_HEAD(self) -> None:
        self._route()

    def do_POST(self) -> None:
        self._route()

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""

    def _route(self) -> None:
        split = urlsplit(self.path)
        parts = [unquote(part) for part in split.path.strip("/").split("/")]
        if self.hub.sign_in_page:
            self._answer(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Sign in")
        elif self.at == "cdn" or parts[0] == "repos":  # the latter where this hub is a proxy
            self._bytes_of(self.hub.blob(parts[-1]))
        elif parts[:2] == ["api", "models"]:
            self._api(parts[2:], parse_qs(split.query))
        elif len(parts) > 4 and parts[2] == "resolve":
            self._resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        else:
            self._error(404, "RepoNotFound", "Repository not found")

    # the interface for programs

    def _api(self, parts: list[str], query: dict[str, list[str]]) -> None:
        name, rest = "/".join(parts[:2]), parts[2:]
        if self.hub.busy:
            self.hub.busy -= 1
            self._answer(429, {"Retry-After": "0"})
            return
        if self._moved(name):
            return
        repository = self.hub.repositories.get(name)
        if self._unknown_token():
            return
        if repository is None or (repository.access == "private" and self._token() != TOKEN):
            self._error(
                401 if self._token() is None else 404, "RepoNotFound", "Repository not found"
            )
            return
        revision = rest[1] if len(rest) > 1 else "main"
        commit = repository.resolve(revision)
        if commit is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        elif rest[:1] == ["tree"]:
            self._json(repository.tree(commit))
        elif rest[:1] == ["paths-info"]:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._json(repository.tree(commit, frozenset(parse_qs(body).get("paths", []))))
        else:
            self._json(repository.info(commit, blobs="blobs" in query))

    # files

    def _resolve(self, name: str, revision: str, path: str) -> None:
        if self._moved(name):
            return
        repository = self.hub.repositories.get(name)
        if self._refused(repository):
            return
        assert repository is not None
        commit = repository.resolve(revision)
        stored = repository.commits[commit].get(path) if commit else None
        if commit is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return
        headers = {"X-Repo-Commit": commit}
        if stored is None:
            self._error(404, "EntryNotFound", "Entry not found", headers)
            return
        fault = self.hub.take_fault("hub") if self.command == "GET" else None
        if isinstance(fault, Status):
            self._answer(fault.code, dict(fault.headers), fault.body)
        elif stored.lfs:
            self._answer(302, headers | self._links(name, commit, stored))
        else:
            self._bytes_of(stored, headers | {"ETag": f'"{stored.etag}"'})

    def _links(self, name: str, commit: str, stored: Stored) -> dict[str, str]:
        headers = {
            "Location": f"{self.hub.cdn}/repos/{stored.sha256}?signature=secret&expires=3600",
            "X-Linked-ETag": f'"{stored.etag}"',
            "X-Linked-Size": str(len(stored.data)),
            "ETag": f'"{stored.git}"',
            "Accept-Ranges": "bytes",
        }
        if stored.xet:
            refresh = f"{self.hub.url}/api/models/{name}/xet-read-token/{commit}"
            headers |= {"X-Xet-Hash": stored.xet_hash, "Link": f'<{refresh}>; rel="xet-auth"'}
        return headers

    def _bytes_of(self, stored: Stored | None, headers: dict[str, str] | None = None) -> None:
        if stored is None:
            self._answer(404, {}, b"<Error>NoSuchKey</Error>")
            return
        fault = self.hub.take_fault("cdn") if self.command == "GET" else None
        plan = reply_with(stored, dict(self.headers), fault, headers or {})
        self._play(plan)

    def _play(self, plan: Reply) -> None:
        self._note(plan.status)
        self.send_response(plan.status)
        for name, value in plan.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        began = time.monotonic()
        for place in range(0, len(plan.body), PIECE):
            piece = plan.body[place : place + PIECE]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if plan.chunked else piece)
            self.hub.sent += len(piece)
            if self.hub.rate:
                due = began + (place + len(piece)) / self.hub.rate
                self.hub.closing.wait(max(0.0, due - time.monotonic()))
        if plan.chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        if plan.then == "stall":
            self.hub.closing.wait(60)
        self.close_connection = plan.then != "go on" or self.close_connection

    # who may

    def _token(self) -> str | None:
        given = self.headers.get("Authorization", "")
        return given.removeprefix("Bearer ") or None

    def _unknown_token(self) -> bool:
        if self._token() in (None, TOKEN, STRANGER):
            return False
        self._error(401, "", "Invalid credentials in Authorization header")
        return True

    def _refused(self, repository: Repository | None) -> bool:
        token = self._token()
        if self._unknown_token():
            return True
        if repository is None or (repository.access == "private" and token != TOKEN):
            self._error(401 if token is None else 404, "RepoNotFound", "Repository not found")
        elif repository.access == "gated" and token != TOKEN:
            words = "Access to this model is restricted and you are not in the authorized list."
            self._error(401 if token is None else 403, "GatedRepo", words)
        else:
            return False
        return True

    def _moved(self, name: str) -> bool:
        other = self.hub.renamed.get(name)
        if other is not None:
            self._answer(307, {"Location": self.path.replace(name, other, 1)})
        return other is not None

    # answers

    def _error(
        self, status: int, code: str, words: str, headers: dict[str, str] | None = None
    ) -> None:
        found = (headers or {}) | {"X-Error-Message": words}
        if code:
            found["X-Error-Code"] = code
        self._answer(status, found, json.dumps({"error": words}).encode())

    def _json(self, value: Any) -> None:
        self._answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self._note(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _note(self, status: int) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.at, self.command, self.path, headers, status)
        with self.hub.lock:
            self.hub.requests.append(request)
