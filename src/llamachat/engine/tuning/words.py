"""A search in words that a person reads: settings, outcomes and what they come to."""

from __future__ import annotations

from collections.abc import Mapping

from llamachat.engine.tuning.values import Candidate, Figure, Knob, Outcome, Tuning, Verdict

_SETTINGS: Mapping[Knob, str] = {
    "threads": "threads for answers",
    "threads_batch": "threads for prompts",
    "flash_attention": "flash attention",
    "n_ubatch": "micro-batch",
    "cache_type": "KV cache",
}
OUTCOMES: Mapping[Outcome, str] = {
    "faster": "faster: taken",
    "no faster": "not faster",
    "slower elsewhere": "slower at prompts",
    "no time": "not decided in time",
    "not possible": "not possible here",
    "busy": "the machine was busy",
}
_DECIDED = ("no faster", "slower elsewhere")
WORKS = {"decode": "answers", "prefill": "prompts"}


def setting(knob: Knob, value: str) -> str:
    """flash attention off · 2 threads for answers"""
    name = _SETTINGS[knob]
    if knob not in ("threads", "threads_batch"):
        return f"{name} {value}"
    return f"1 thread{name.removeprefix('threads')}" if value == "1" else f"{value} {name}"


def tried(candidate: Candidate) -> str:
    return setting(candidate.knob, candidate.value)


def rate(seconds: float) -> str:
    """Tokens per second."""
    speed = 1 / seconds if seconds > 0 else 0.0
    return f"{speed:.2f}" if speed < 9.995 else f"{speed:.1f}" if speed < 99.95 else f"{speed:.0f}"


def gain(figure: Figure) -> str:
    """+13 % ± 2"""
    text = f"{100 * figure.gain:+.0f} %".replace("-", "−")
    return f"{text} ± {100 * figure.error:.0f}" if figure.pairs > 1 else text


def summary(tuning: Tuning) -> str:
    """One sentence: what is taken from now on, and what it brings."""
    if tuning.why_not:
        return f"Nothing was measured: {tuning.why_not}."
    best = tuning.chosen
    taken = [_taken(v) for v in tuning.verdicts if best.get(v.candidate.knob) == v.candidate.value]
    if not taken and not any(v.outcome in _DECIDED for v in tuning.verdicts):
        return "Nothing could be decided: what is taken by itself stays."
    if not taken:
        return "What is taken by itself is the fastest here."
    return f"Faster here: {', '.join(taken)}."


def _taken(verdict: Verdict) -> str:
    first = verdict.figures[0] if verdict.figures else None
    by = f" ({WORKS[first.work]} {gain(first)})" if first else ""
    return tried(verdict.candidate) + by
