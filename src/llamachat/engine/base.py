"""The engine contract: one synchronous protocol, its events and its figures.

Everything an engine says is an event of a stream; the last one carries the reason and the figures.
Implemented by `LlamaEngine` (this process), `ProcessEngine` (a child that may crash without taking
the app along) and `ScriptedEngine` (a fake for demonstrations and tests); all pass one contract
test. Knows nothing of llama_cpp, pipes or chats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.errors import LlamaChatError

FinishReason = Literal["eos", "stop", "length", "context", "cancelled", "died", "abandoned"]
"""eos: the model ended its text · stop: a reverse prompt · length: n_predict reached ·
context: no room left · cancelled: by request · died: the engine process is gone ·
abandoned: who asked is gone, as only a store of chats can say"""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """`done` of `total` prompt tokens are in the KV cache; `cached` of them were there before."""

    done: int
    total: int
    cached: int


Report = Callable[[Prefilled], object]
"""hears how far a prompt is"""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """The context is full: announced *before* `tokens` tokens of the oldest turns are dropped."""

    turns: tuple[int, ...]
    """numbers of the turns that go; empty where a prompt has no turns and half of the rest goes"""
    tokens: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that the model might say."""

    token: int
    text: str
    """its bytes; those that are no UTF-8 as lone surrogates"""
    logprob: float
    """of the model itself, before any sampler had a say"""


@dataclass(frozen=True, slots=True)
class TokenProbs:
    """A token that was said, and those that were likeliest, best first."""

    chosen: Candidate
    top: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """New text, whole characters only. Bytes that are no UTF-8 travel as lone surrogates
    (`errors="surrogateescape"`), so that a script can have the model's bytes back."""

    text: str
    n_tokens: int
    """tokens generated since the last chunk"""
    probs: tuple[TokenProbs, ...] = ()
    """of the tokens that begin in this text, where they are asked for"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one answer."""

    prompt: int = 0
    """tokens of the whole prompt"""
    cached: int = 0
    """of them already in the KV cache"""
    generated: int = 0
    """sampled tokens, the end-of-text token counted"""
    dropped: int = 0
    """tokens that a full context cost"""
    drafted: int = 0
    """tokens that were guessed and evaluated with the one before them"""
    accepted: int = 0
    """of them those that were sampled then"""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds of one answer, measured in the engine."""

    prefill: float = 0.0
    decode: float = 0.0
    first_token: float = 0.0
    """from the request to the first sampled token"""

    def prefill_rate(self, usage: Usage) -> float:
        """Prompt tokens per second (only those evaluated now)."""
        return (usage.prompt - usage.cached) / self.prefill if self.prefill > 0 else 0.0

    def decode_rate(self, usage: Usage) -> float:
        """Generated tokens per second; the first one is paid by the prefill."""
        return (usage.generated - 1) / self.decode if self.decode > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes held by the engine."""

    model: int = 0
    kv_cache: int = 0
    compute: int = 0
    resident: int = 0
    """resident set of the engine's process"""


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of every `generate` stream, whatever happened."""

    reason: FinishReason
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)
    memory: Memory = field(default_factory=Memory)
    stop: str = ""
    """the reverse prompt that matched"""
    fault: LlamaChatError | None = None
    """what died and what to do, where reason is "died" """


Event = Prefilled | Trimmed | Chunk | Done


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What is loaded, and how."""

    name: str
    path: str
    architecture: str
    ftype: str
    n_params: int
    n_vocab: int
    n_ctx: int
    n_ctx_train: int
    n_embd: int
    n_head: int
    n_head_kv: int
    n_layer: int
    n_rot: int
    n_ff: int
    n_batch: int
    n_ubatch: int
    threads: int
    threads_batch: int
    chat_template: str
    """Jinja, empty where the model carries none"""
    bos: str
    eos: str
    cache_type_k: str
    cache_type_v: str
    rung: str
    """of the capability ladder: "fast" or "plain" """
    system_info: str
    """llama.cpp's system_info line: instruction sets compiled in"""
    memory: Memory
    load_seconds: float = 0.0
    state_key: str = ""
    """names all that a KV state depends on; empty where states are better not kept"""
    metadata: dict[str, str] = field(default_factory=dict)
    server: str = ""
    """host and port where it computes; empty: on this machine"""

    @property
    def chats(self) -> bool:
        """Whether it can be talked to in the chat template of its model; a server applies that
        itself, and is given messages."""
        return bool(self.chat_template or self.server)


class Engine(Protocol):
    """Turns prompts into tokens. One stream at a time; `cancel` may come from any thread."""

    @property
    def info(self) -> EngineInfo: ...

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        """Make the KV cache hold the prompt; nothing is sampled.

        Raises:
            UsageError: the prompt is longer than the context.
            EngineError: the evaluation failed.
            EngineDied: the engine process is gone.
        """
        ...

    def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
        """Prefill while nobody waits: in small batches, until it is done or until anybody asks for
        anything else, which is served at once. What lies behind the prompt in the KV cache stays.

        Returns how far it came, and raises what `prefill` raises; never drops a turn.
        """
        ...

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        """Answer the prompt: Prefilled …, Chunk …, exactly one Done.

        Closing the iterator early cancels. Raises before the first event:
            UsageError: the prompt is longer than the context, or a parameter is wrong.
        """
        ...

    def count(self, prompt: Prompt) -> int:
        """Tokens of the prompt, the beginning-of-text token included."""
        ...

    def snapshot(self, path: Path, key: str, *, wait: bool = True, leaving: bool = False) -> int:
        """Write the KV state to `path` atomically under `key`; returns the tokens it holds.

        Without `wait` the engine serves on while a copy of it writes, which may fail unheard, and
        takes only time that nobody wants, unless somebody is `leaving` this chat or the app.
        """
        ...

    def restore(self, path: Path, key: str) -> int:
        """Load a snapshot; returns its tokens, 0 where it does not match or is damaged."""
        ...

    def cancel(self) -> None:
        """Stop prefill or decode; the stream ends with Done("cancelled")."""
        ...

    def close(self) -> None:
        """Free everything. Safe to call twice."""
        ...
