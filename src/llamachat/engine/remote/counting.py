"""How many tokens a prompt has at a server: asked where it can be asked, else estimated.

llama-server and vLLM have /tokenize. Elsewhere a token is taken for three bytes of UTF-8: English
has four to five, so the estimate is on the safe side there. Once a server has told how many tokens
a prompt had, its own ratio is used. Knows nothing of turns.
"""

from __future__ import annotations

from llamachat.engine.prompt import Prompt, prompt_text
from llamachat.engine.remote.client import Call, Client
from llamachat.engine.remote.refusals import Refused
from llamachat.engine.remote.server import Server

BYTES_PER_TOKEN = 3.0
OF_A_MESSAGE = 8
"""tokens that a chat template writes around a message"""
TELLING = 256
"""bytes of a prompt before its ratio says anything about the next one"""


class Counter:
    """Of one server. Usable from several threads."""

    def __init__(self, client: Client, server: Server) -> None:
        self._client = client
        self._kind = server.kind
        self._model = server.model
        self._bytes_per_token = BYTES_PER_TOKEN

    def count(self, prompt: Prompt, call: Call | None = None) -> int:
        """Raises LlamaChatError where the server cannot be reached, and Aborted where `call` is
        cancelled, which this counting is a part of."""
        if not prompt:
            return 0
        text = prompt_text(prompt)
        if is_conversation(prompt):
            return self.estimate(prompt)
        try:
            return self._ask(text, call or self._client.call()) or self.estimate(prompt)
        except Refused:
            self._kind = "other"  # it has no /tokenize, or not for everybody
            return self.estimate(prompt)

    def estimate(self, prompt: Prompt) -> int:
        """Without asking."""
        around = OF_A_MESSAGE * sum(1 for segment in prompt if segment.role)
        return 1 + around + round(size(prompt) / self._bytes_per_token)

    def learn(self, prompt: Prompt, tokens: int) -> None:
        """The server has told how many tokens this prompt had."""
        around = OF_A_MESSAGE * sum(1 for segment in prompt if segment.role)
        if size(prompt) >= TELLING and tokens > around:
            self._bytes_per_token = min(8.0, max(1.0, size(prompt) / (tokens - around)))

    def _ask(self, text: str, call: Call) -> int:
        endpoint = self._client.endpoint
        if self._kind == "llama-server":
            body: dict[str, object] = {"content": text, "add_special": True}
            found = call.json("POST", endpoint.own("/tokenize"), body)
            tokens = found.get("tokens") if isinstance(found, dict) else None
            return len(tokens) if isinstance(tokens, list) else 0
        if self._kind == "vllm":
            body = {"model": self._model, "prompt": text, "add_special_tokens": True}
            found = call.json("POST", endpoint.own("/tokenize"), body)
            count = found.get("count") if isinstance(found, dict) else None
            return count if isinstance(count, int) else 0
        return 0


def is_conversation(prompt: Prompt) -> bool:
    """Messages with roles, for the server to put into the model's chat template."""
    return any(segment.role for segment in prompt)


def size(prompt: Prompt) -> int:
    """Bytes of the text; of a conversation those of its messages."""
    said = prompt if not is_conversation(prompt) else [part for part in prompt if part.role]
    return sum(len(part.text.encode("utf-8", "surrogatepass")) for part in said)
