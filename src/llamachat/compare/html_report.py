"""The report as one HTML page that needs nothing else: styles and pictures are in it.

Well-formed, without scripts or addresses, readable on light and dark screens and in print. Text of
models and people is escaped. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llamachat.compare.escape import markup
from llamachat.compare.figures import Comparison
from llamachat.compare.plots import Plot
from llamachat.compare.svg import element
from llamachat.compare.words import HEADINGS, NONE, cells, conditions, rate, remarks, times

_STYLE = """
:root { color-scheme: light dark; --ink: #27272a; --dim: #71717a; --line: #e4e4e7;
  --back: #ffffff; --soft: #f4f4f5; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #d5d9e8; --dim: #9aa1b9;
  --line: #343b58; --back: #1a1b26; --soft: #24283b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 76rem; color: var(--ink);
  background: var(--back); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .4rem .7rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { color: var(--dim); font-weight: 600; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
.base td:first-child { font-weight: 600; }
.note, dd, dt, .times { color: var(--dim); } .warning { border-left: 3px solid #d97706;
  padding-left: .75rem; }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; margin-top: 1.5rem; overflow-x: auto; }
.plot { flex: 1 1 30rem; min-width: 30rem; max-width: 40rem; height: auto; }
pre { background: var(--soft); padding: .75rem 1rem; border-radius: .4rem; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: .3rem 0 1rem; unicode-bidi: plaintext; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; }
@media print { body { padding: 0; max-width: none; font-size: 12px; }
  .wide { overflow: visible; } table { font-size: 10px; } th, td { padding: .25rem .35rem; }
  pre, tr, .plot { break-inside: avoid; } h2, h3, .said { break-after: avoid; } }
"""


def html_report(comparison: Comparison, plots: Sequence[Plot]) -> str:
    """The whole page."""
    title = markup(comparison.title)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", _STYLE),
    )
    body = element(
        "body",
        element("h1", title),
        _remarks(comparison),
        element("div", _table(comparison), class_="wide"),
        element("div", *(plot.draw() for plot in plots), class_="plots") if plots else "",
        *_depths(comparison),
        *_answers(comparison),
        *_method(comparison),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _remarks(comparison: Comparison) -> str:
    words = remarks(comparison)
    return "".join(element("p", markup(line), class_="warning") for line in words)


def _table(comparison: Comparison) -> str:
    heads = [element("th", "model")]
    heads += [element("th", markup(head.long), title=head.meaning) for head in HEADINGS]
    lines = [element("tr", *heads)]
    for number, row in enumerate(comparison.rows):
        words = [row.subject.label, *cells(row)]
        kind = {"class_": "base"} if number == comparison.base else {}
        lines.append(element("tr", *(element("td", markup(word)) for word in words), **kind))
    return element("table", *lines)


def _depths(comparison: Comparison) -> Iterator[str]:
    depths = sorted({one.depth for row in comparison.rows for one in row.depths})
    if len(depths) < 2:
        return
    yield element("h2", "Speed over depth")
    yield element("p", "Tokens per second: reading up to the depth / writing there.", class_="note")
    heads = [element("th", words) for words in ("model", *(f"{depth:,}" for depth in depths))]
    lines = [element("tr", *heads)]
    for row in comparison.rows:
        found = {one.depth: one for one in row.depths}
        figures = [element("td", markup(row.subject.label))]
        for depth in depths:
            one = found.get(depth)
            words = f"{rate(one.prefill)} / {rate(one.decode)}" if one else NONE
            figures.append(element("td", words))
        lines.append(element("tr", *figures))
    yield element("div", element("table", *lines), class_="wide")


def _answers(comparison: Comparison) -> Iterator[str]:
    if any(row.answers for row in comparison.rows):
        yield element("h2", "Answers")
    for number, prompt in enumerate(comparison.prompts):
        said = [row for row in comparison.rows if len(row.answers) > number]
        if not said:
            continue
        yield element("h3", f"Prompt {number + 1}")
        yield element("pre", markup(prompt))
        for row in said:
            one = row.answers[number]
            name = element("strong", markup(row.subject.label))
            told = element("span", markup(one.fault or times(one)), class_="times")
            yield element("p", name, " ", told, class_="said")
            if not one.fault:
                yield element("pre", markup(one.text))


def _method(comparison: Comparison) -> Iterator[str]:
    yield element("h2", "What the figures mean")
    for words in conditions(comparison):
        yield element("p", markup(words), class_="note")
    pairs = [
        element("dt", markup(head.long)) + element("dd", markup(head.meaning)) for head in HEADINGS
    ]
    yield element("dl", *pairs)
