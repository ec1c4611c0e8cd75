"""The side panel's lines: generation, prompt, context, memory, model.

Every figure has its place, so that nothing moves while an answer is written. Pure: facts and a size
in, lines out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llamachat.sanitize import one_line
from llamachat.tui.widgets.panel_facts import ENDINGS, PanelFacts
from llamachat.tui.widgets.panel_text import (
    Line,
    Look,
    Span,
    bar,
    clip,
    fit,
    left,
    padded,
    percent,
    rate,
    row,
    seconds,
    size,
    sparkline,
    wrapped,
)

ETA_WIDTH = 11

TOOLTIPS = {
    "engine": "What the engine is doing now, and how the last answer ended.",
    "generation": "How fast the model writes: in the last two seconds, over the whole answer, and "
    "the rate of the last half minute of writing; of tokens that were guessed from what was said "
    "before, how many were right.",
    "prompt": "How fast the model reads: tokens that were new, tokens it still knew (cached), and "
    "the time until the first word; of a draft what is read already.",
    "context": "How much of the model's memory for this chat is taken; when it is full the oldest "
    "turns leave it, and stay stored.",
    "server": "Where the model runs, and what the last answer cost there in tokens: all that were "
    "read, and those that were written.",
    "memory": "What the engine holds in memory, and what this machine and its container still "
    "have.",
    "model": "The model, its quantization (ftype), the threads, and the kernels and instruction "
    "sets that compute it.",
}

SPACER = 0
"""rank of the lines between sections: all go, or none"""


def full_lines(facts: PanelFacts, width: int, height: int) -> list[Line]:
    """The panel at this size, a column of margin on both sides."""
    inner = max(1, width - 2)
    lines: list[Line] = []
    sections: list[Section] = [_engine, _generation, _prompt, _context]
    sections += [_server] if facts.info and facts.info.server else [_memory, _model]
    for section in sections:
        name = section.__name__.removeprefix("_")
        if lines:
            lines.append(Line(section=lines[-1].section, rank=SPACER))
        for rank, spans in section(facts, inner):
            lines.append(Line(((" ", "text"), *spans), name, rank))
    if len(lines) > height:
        lines = [line for line in lines if line.rank != SPACER]
    return fit(lines, height)


Rows = Iterator[tuple[int, list[Span]]]
"""with the rank of each"""

Section = Callable[[PanelFacts, int], Rows]


def _engine(facts: PanelFacts, width: int) -> Rows:
    state = facts.engine.capitalize()
    look: Look = "alert" if facts.engine == "failed" else "text"
    yield 9, row(state, _doing(facts), width, look, "alert" if look == "alert" else "strong")
    if facts.engine == "loading":
        yield 8, bar(facts.loaded, width)


def _doing(facts: PanelFacts) -> str:
    """The word beside the state."""
    if facts.engine == "loading":
        return percent(facts.loaded)
    if facts.word:
        return one_line(facts.word)
    if facts.reading:
        return percent(facts.prompt_fraction)
    figures = facts.figures
    if figures.state != "writing" and figures.done is None:
        return ""
    tokens = f"{figures.generated:,} token{'' if figures.generated == 1 else 's'}"
    ending = ENDINGS.get(figures.done.reason) if figures.done else None
    return f"{ending} · {tokens}" if ending else tokens


def _generation(facts: PanelFacts, width: int) -> Rows:
    figures = facts.figures
    now = rate(figures.rate) if facts.engine == "writing" else "–"
    yield 9, row("Generation", now, width, "strong", "strong")
    yield 7, row("average", rate(figures.average) if figures.average else "–", width)
    if figures.done and (drafted := figures.done.usage.drafted):
        yield 2, row("guesses right", f"{figures.done.usage.accepted:,} / {drafted:,}", width)
    yield 5, [(sparkline(figures.history, width), "spark")]


def _prompt(facts: PanelFacts, width: int) -> Rows:
    figures = facts.figures
    speed = rate(figures.prompt_rate) if figures.prompt_rate else "–"
    yield 9, row("Prompt", speed, width, "strong", "strong")
    cached = f"{figures.prompt_cached:,} cached"
    if facts.reading:
        yield 8, row(f"{figures.prompt_done:,} / {figures.prompt_total:,}", cached, width)
        eta = "" if figures.eta is None else left(figures.eta)
        spans = bar(facts.prompt_fraction, max(1, width - ETA_WIDTH))
        yield 8, [*spans, (eta.rjust(ETA_WIDTH), "text")]
        return
    new = f"{max(0, figures.prompt_done - figures.prompt_cached):,} new"
    draft = facts.draft_words
    yield 4, [(padded(draft, width), "text")] if draft else row(new, cached, width)
    first = figures.first_token
    yield 6, row("first token", "–" if first is None else seconds(first), width)


def _context(facts: PanelFacts, width: int) -> Rows:
    figures = facts.figures
    look: Look = "alert" if facts.nearly_full else "strong"
    yield 9, row("Context", percent(figures.context_fraction), width, look, "strong")
    filled: Look = "full" if facts.nearly_full else "bar"
    yield 3, bar(figures.context_fraction, width, filled)
    yield 6, row("tokens", f"{figures.context_used:,} / {figures.n_ctx:,}", width)
    if figures.dropped_tokens:
        turns = f"{figures.dropped_turns} turn{'' if figures.dropped_turns == 1 else 's'}, "
        told = f"{turns if figures.dropped_turns else ''}{figures.dropped_tokens:,} tokens"
        yield 8, row("dropped", told, width)
    if figures.warning:
        for text in wrapped(one_line(figures.warning), width, 3):
            yield 8, [(padded(text, width), "alert")]


def _server(facts: PanelFacts, width: int) -> Rows:
    """In place of the memory, which is another machine's."""
    info, done = facts.info, facts.figures.done
    yield 9, row(facts.name, clip(facts.ftype, width // 2), width, "text", "strong")
    yield 8, row("server", one_line(info.server) if info else "", width)
    usage = done.usage if done is not None else None
    yield 5, row("tokens read", f"{usage.prompt:,}" if usage else "–", width)
    yield 5, row("tokens written", f"{usage.generated:,}" if usage else "–", width)


def _memory(facts: PanelFacts, width: int) -> Rows:
    memory, system = facts.figures.memory, facts.system
    yield 3, row("Memory", "", width, "strong", "strong")
    yield 4, row("model", size(memory.model), width)
    yield 4, row("KV cache", size(memory.kv_cache), width)
    yield 2, row("compute buffers", size(memory.compute), width)
    yield 5, row("engine resident", size(memory.resident), width)
    yield 5, row("system available", size(system.available) if system else "–", width)
    if system and system.cgroup_limit is not None:
        room = max(0, system.cgroup_limit - system.cgroup_used + system.cgroup_cache)
        yield 4, row("cgroup limit", size(system.cgroup_limit), width)
        yield 5, row("left of it", size(room), width)


def _model(facts: PanelFacts, width: int) -> Rows:
    info = facts.info
    if info is None:
        yield 5, [(padded("Model", width), "strong")]
        return
    ftype = clip(facts.ftype, width // 2)
    yield 9, row(facts.name, ftype, width, "text", "strong")
    threads = f"{info.threads}"
    if info.threads_batch != info.threads:
        threads += f" (prompt {info.threads_batch})"
    yield 3, row("threads", threads, width)
    yield 3, row("kernels", "fast" if info.rung == "fast" else f"{info.rung}, slower", width)
    for text in wrapped(" ".join(facts.sets) or "no vector instructions", width, 2):
        yield 1, [(padded(text, width), "muted")]
