"""What the server counts, in Prometheus' text format.

Names end in their unit; nothing here carries text of a request. Knows nothing of endpoints.
"""

from __future__ import annotations

from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from llamachat.engine.base import Done
from llamachat.errors import EngineDied, EngineHung

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
"""the one that every scraper reads; the library's latest is refused by older ones"""

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        # without them: one series more for each, which nothing here reads
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._of_requests(self.registry)
        self._of_answers(self.registry)
        self.waiting = Gauge(
            "llamachat_requests_waiting", "Requests that wait", registry=self.registry
        )
        self.busy = Gauge(
            "llamachat_engine_busy", "1 while the engine answers", registry=self.registry
        )
        self.ready = Gauge(
            "llamachat_model_loaded", "1 once the model is loaded", registry=self.registry
        )

    def _of_requests(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "llamachat_requests", "Requests answered", ["endpoint", "status"], registry=registry
        )
        self.seconds = Histogram(
            "llamachat_request_seconds",
            "From the arrival of a request to the end of its answer",
            ["endpoint"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.cancelled = Counter(
            "llamachat_requests_cancelled", "Requests whose client left", registry=registry
        )

    def _of_answers(self, registry: CollectorRegistry) -> None:
        count = partial(Counter, registry=registry)
        self.prompt_tokens = count("llamachat_prompt_tokens", "Prompt tokens, cached ones too")
        self.cached_tokens = count("llamachat_cached_tokens", "Of them those found in the KV cache")
        self.generated_tokens = count("llamachat_generated_tokens", "Tokens generated")
        self.prefill_seconds = count("llamachat_prefill_seconds", "Time spent on prompts")
        self.decode_seconds = count("llamachat_decode_seconds", "Time spent on answers")
        self.deaths = count("llamachat_engine_deaths", "Times the engine died")
        self.hangs = count("llamachat_engine_hangs", "Of them because it heeded no cancel")
        self.first_token = Histogram(
            "llamachat_first_token_seconds",
            "From the turn of a request to its first token",
            buckets=_SECONDS,
            registry=registry,
        )

    def answered(self, done: Done) -> None:
        """An answer is over, however it ended."""
        counts, times = done.usage, done.timings
        self.prompt_tokens.inc(counts.prompt)
        self.cached_tokens.inc(counts.cached)
        self.generated_tokens.inc(counts.generated)
        self.prefill_seconds.inc(max(times.prefill, 0.0))
        self.decode_seconds.inc(max(times.decode, 0.0))
        if times.first_token > 0:
            self.first_token.observe(times.first_token)

    def died(self, death: EngineDied) -> None:
        """The engine is gone, whoever was there to hear of it."""
        self.deaths.inc()
        if isinstance(death, EngineHung):
            self.hangs.inc()

    def text(self) -> bytes:
        """All of it, as a scraper reads it."""
        return generate_latest(self.registry)
