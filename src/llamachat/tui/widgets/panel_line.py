"""The live panel in one line, for 80 × 24: what happens, how full, how large, which model.

Pure: facts and a width in, one line out.
"""

from __future__ import annotations

from rich.cells import cell_len

from llamachat.sanitize import one_line
from llamachat.tui.widgets.panel_facts import ENDINGS, PanelFacts
from llamachat.tui.widgets.panel_text import (
    Line,
    Look,
    Span,
    bar,
    clip,
    left,
    percent,
    rate,
    size,
)

TOOLTIP = (
    "What the engine is doing, how fast it writes, how full the context is, how much memory the "
    "engine holds, and the model."
)
BAR_WIDTH = 12
_DOT: Span = (" · ", "rest")


def one_line_form(facts: PanelFacts, width: int) -> list[Line]:
    """Parts from left to right as long as there is room; the last one is shortened."""
    spans: list[Span] = [(" ", "text")]
    room = max(0, width - 2)
    for number, part in enumerate(_parts(facts)):
        needed = sum(cell_len(text) for text, _ in part) + (len(_DOT[0]) if number else 0)
        if needed > room:
            if number == 0 or room > len(_DOT[0]) + 8:
                spans += _shortened([_DOT, *part] if number else part, room)
            break
        spans += [_DOT, *part] if number else part
        room -= needed
    return [Line(tuple(spans), "line")]


def _parts(facts: PanelFacts) -> list[list[Span]]:
    figures = facts.figures
    parts = [_doing(facts)]
    if facts.reading and figures.eta is not None:
        parts.append([(left(figures.eta).rjust(4), "text")])
    if figures.n_ctx:
        look: Look = "alert" if facts.nearly_full else "text"
        parts.append([(f"ctx {percent(figures.context_fraction):>5}", look)])
    if figures.warning:
        parts.append([(one_line(figures.warning), "alert")])
    if facts.engine_bytes:
        parts.append([(size(facts.engine_bytes), "text")])
    if facts.info:
        where = f"at {one_line(facts.info.server)}" if facts.info.server else facts.ftype
        parts.append([(f"{facts.name} {where}", "muted")])
    return parts


def _doing(facts: PanelFacts) -> list[Span]:
    """The state, as wide in one state as it ever gets there."""
    figures = facts.figures
    match facts.engine:
        case "loading":
            return [("loading ", "strong"), *bar(facts.loaded, BAR_WIDTH), *_figure(facts.loaded)]
        case "writing":
            return [("writing ", "strong"), (f"{rate(figures.rate):>10}", "text")]
        case "reading" if facts.reading:
            fraction = facts.prompt_fraction
            total = f"{figures.prompt_total:,}"
            done = f" {figures.prompt_done:,}".rjust(len(total) + 1) + f" / {total}"
            return [("reading ", "strong"), *bar(fraction, BAR_WIDTH), (done, "text")]
        case "failed":
            return [("failed", "alert"), (f": {one_line(facts.word)}" * bool(facts.word), "alert")]
        case "restarted":
            return [
                ("restarted", "strong"),
                (f": {one_line(facts.word)}" * bool(facts.word), "text"),
            ]
        case _ if facts.draft_words:
            return [(facts.engine, "strong"), (f" ({facts.draft_words})", "text")]
        case _:
            return [(facts.engine, "strong"), (_last(facts), "text")]


def _figure(fraction: float) -> list[Span]:
    return [(f" {percent(fraction):>5}", "text")]


def _last(facts: PanelFacts) -> str:
    """How the last answer went."""
    done, average = facts.figures.done, facts.figures.average
    ending = ENDINGS.get(done.reason, "") if done else ""
    speed = f"last {rate(average)}" if average else ""
    told = ", ".join(filter(None, (ending, speed)))
    return f" ({told})" if told else ""


def _shortened(spans: list[Span], room: int) -> list[Span]:
    kept: list[Span] = []
    for text, look in spans:
        if room <= 0:
            break
        kept.append((clip(text, room), look))
        room -= cell_len(kept[-1][0])
    return kept
