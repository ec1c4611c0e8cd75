"""The one object that --json prints: the answer, why it ended, what it cost.

Text keeps its characters; bytes that are no UTF-8 become U+FFFD, because JSON has no place for
them. Knows nothing of streams.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from llamachat.engine.base import Done, EngineInfo
from llamachat.engine.server_timings import server_timings


def answer_json(text: str, done: Done, info: EngineInfo, *, seed: int) -> str:
    """One line of JSON."""
    usage = done.usage
    answer: dict[str, object] = {
        "text": text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        "finish_reason": done.reason,
        "stop": done.stop,
        "tokens": {
            "prompt": usage.prompt,
            "cached": usage.cached,
            "new": usage.prompt - usage.cached,
            "generated": usage.generated,
            "dropped": usage.dropped,
            "drafted": usage.drafted,
            "accepted": usage.accepted,
        },
        "timings": server_timings(done),
        "time_to_first_token_ms": round(done.timings.first_token * 1e3, 3),
        "load_ms": round(info.load_seconds * 1e3, 3),
        "memory": asdict(done.memory),
        "model": {
            "name": info.name,
            "ftype": info.ftype,
            "n_params": info.n_params,
            "path": info.path,
            "n_ctx": info.n_ctx,
        },
        "seed": seed,
    }
    if done.fault is not None:
        answer["error"] = {"message": done.fault.message, "hint": done.fault.hint}
    return json.dumps(answer, ensure_ascii=False)
