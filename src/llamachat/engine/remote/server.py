"""What a server says of itself: which program it is, its models, its context.

All of it is optional but the list of models, and even that where a model was named. Knows which
extensions of OpenAI's protocol each program has; nothing of answers.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

from llamachat.engine.remote.address import Endpoint
from llamachat.engine.remote.client import Call, Client
from llamachat.engine.remote.refusals import Asked, Refused, explained, no_server
from llamachat.errors import LlamaChatError, UsageError
from llamachat.sanitize import one_line

Kind = Literal["llama-server", "vllm", "llamachat", "other"]
_KINDS: Mapping[str, Kind] = {
    "llamacpp": "llama-server",
    "vllm": "vllm",
    "llamachat": "llamachat",
}
"""what each writes into `owned_by` of its models"""

ASSUMED_CTX = 4096
"""tokens of context where nobody tells: the least that Ollama gives a model"""
MOST_NAMED = 12
"""models in a sentence"""
_CONTEXT_NAMES = ("max_model_len", "n_ctx", "context_length", "context_window")


@dataclass(frozen=True, slots=True)
class Server:
    """One model of one server."""

    model: str
    kind: Kind = "other"
    n_ctx: int = 0
    """0 where it does not tell"""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """of the model, as the server names them: n_params, n_vocab, ftype, …"""
    bos: str = ""
    eos: str = ""

    @property
    def name(self) -> str:
        """For people: llama-server calls a model by its file unless it has an alias."""
        if not self.model.endswith(".gguf"):
            return self.model
        return PurePath(self.model).name.removesuffix(".gguf")

    def number(self, name: str) -> int:
        """A fact that is a number; 0 where it is not told."""
        return _whole(self.facts.get(name))


def meet(client: Client) -> Server:
    """Ask what there is.

    Raises:
        UsageError: no such model, several and none named, or the key is wrong.
        EngineError: the server cannot be reached, or is none.
    """
    endpoint, call = client.endpoint, client.call()
    entries = _models(endpoint, call)
    entry = _choose(endpoint, entries)
    facts = entry.get("meta")
    facts = facts if isinstance(facts, dict) else {}
    told = (_whole(place.get(name)) for place in (entry, facts) for name in _CONTEXT_NAMES)
    kind = _KINDS.get(str(entry.get("owned_by", "")), "other")
    server = Server(str(entry["id"]), kind, next(filter(None, told), 0), facts)
    return _with_props(server, endpoint, call) if kind == "llama-server" else server


def _models(endpoint: Endpoint, call: Call) -> list[dict[str, Any]]:
    """None where the server has no list and a model was named."""
    try:
        found = call.json("GET", endpoint.api("/models"))
    except Refused as refused:
        if refused.status in (404, 405, 501) and endpoint.model:
            return []
        raise _said(refused, endpoint, "/v1/models") from None
    listed = found.get("data") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise no_server(endpoint)
    return [one for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str)]


def _choose(endpoint: Endpoint, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The entry of the model that is meant. Ollama's names may lack their tag, and a model may
    have other names."""
    names = [entry["id"] for entry in entries]
    host, wanted = one_line(endpoint.host), endpoint.model
    if not wanted:
        if len(entries) == 1:
            return entries[0]
        if not entries:
            raise UsageError(f"{host} names no model.", "Say which one is meant: -m NAME")
        raise UsageError(
            f"{host} has {len(names)} models: {_named(names)}.",
            f"Say which one is meant: -m {one_line(names[0])}",
        )
    for entry in entries:
        others = entry.get("aliases")
        known = (entry["id"], *(others if isinstance(others, list) else ()))
        if wanted in known or f"{wanted}:latest" in known:
            return entry
    if not entries:
        return {"id": wanted}
    close = difflib.get_close_matches(wanted, names, n=1)
    raise UsageError(
        f"{host} has no model {wanted!r}; it has {_named(names)}.",
        f"Say which one is meant: -m {one_line((close or names)[0])}",
    )


def _with_props(server: Server, endpoint: Endpoint, call: Call) -> Server:
    """llama-server's own figures. Unlike the list of models they need the key, so that a wrong one
    is noticed at once."""
    try:
        props = call.json("GET", endpoint.own("/props"))
    except Refused as refused:
        if refused.status in (401, 403):
            raise _said(refused, endpoint, "/props") from None
        return server
    if not isinstance(props, dict):
        return server
    settings = props.get("default_generation_settings")
    n_ctx = _whole(settings.get("n_ctx")) if isinstance(settings, dict) else 0
    return Server(
        server.model,
        server.kind,
        server.n_ctx or n_ctx,
        server.facts,
        bos=str(props.get("bos_token") or ""),
        eos=str(props.get("eos_token") or ""),
    )


def _said(refused: Refused, endpoint: Endpoint, path: str) -> LlamaChatError:
    return explained(refused, endpoint, Asked(path))


def _named(names: Sequence[str]) -> str:
    told = ", ".join(one_line(name)[:80] for name in names[:MOST_NAMED])
    return told if len(names) <= MOST_NAMED else f"{told} and {len(names) - MOST_NAMED} more"


def _whole(value: object) -> int:
    """A number of tokens or parameters, as long as it is one."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 < value < 1 << 50 else 0
