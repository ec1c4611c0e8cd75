"""What an answer cost, in the words of llama-server: its `timings` object. Knows no server."""

from __future__ import annotations

from llamachat.engine.base import Done


def server_timings(done: Done) -> dict[str, float]:
    """Milliseconds and rates; those of guessed tokens where there were any."""
    usage, timings = done.usage, done.timings
    drafts = {"draft_n": usage.drafted, "draft_n_accepted": usage.accepted}
    return {
        "cache_n": usage.cached,
        "prompt_n": usage.prompt - usage.cached,
        "prompt_ms": round(timings.prefill * 1e3, 3),
        "prompt_per_second": round(timings.prefill_rate(usage), 3),
        "predicted_n": usage.generated,
        "predicted_ms": round(timings.decode * 1e3, 3),
        "predicted_per_second": round(timings.decode_rate(usage), 3),
        **(drafts if usage.drafted else {}),
    }
