"""The figures of an answer as people know them from llama.cpp.

The line of llama-cli, the table of llama-completion, the names of llama-server's JSON. Knows
nothing of where they are printed.
"""

from __future__ import annotations

from llamachat.engine.base import Done, EngineInfo


def short_line(done: Done) -> str:
    """`[ Prompt: 42.1 t/s | Generation: 9.8 t/s ]`"""
    prompt = done.timings.prefill_rate(done.usage)
    generation = done.timings.decode_rate(done.usage)
    return f"[ Prompt: {prompt:.1f} t/s | Generation: {generation:.1f} t/s ]"


def dialog_line(done: Done) -> str:
    """The same with the tokens of the prompt, those read now and those in the cache already, and
    with those of the answer that were guessed."""
    usage = done.usage
    tokens = f"{usage.prompt - usage.cached} new + {usage.cached} cached"
    guessed = f" | {usage.accepted} of {usage.drafted} guesses right" if usage.drafted else ""
    return short_line(done).removesuffix(" ]") + f" | {tokens}{guessed} ]"


def table(done: Done, info: EngineInfo) -> str:
    """llama-completion's lines at exit."""
    usage, timings = done.usage, done.timings
    total = timings.prefill + timings.decode
    return "\n".join(
        [
            f"       load time = {info.load_seconds * 1e3:10.2f} ms",
            _row("prompt eval time", timings.prefill, usage.prompt - usage.cached, "tokens"),
            _row("       eval time", timings.decode, max(usage.generated - 1, 0), "runs  "),
            f"      total time = {total * 1e3:10.2f} ms / "
            f"{usage.prompt - usage.cached + usage.generated:5d} tokens",
        ]
    )


def _row(name: str, seconds: float, count: int, unit: str) -> str:
    each = seconds * 1e3 / count if count else 0.0
    rate = count / seconds if seconds > 0 else 0.0
    return (
        f"{name} = {seconds * 1e3:10.2f} ms / {count:5d} {unit} "
        f"({each:8.2f} ms per token, {rate:8.2f} tokens per second)"
    )
