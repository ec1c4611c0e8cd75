"""The report as Markdown: a table, pictures that lie beside it, every answer.

Text of models and people is escaped: nothing of it is markup. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llamachat.compare.escape import fenced, markdown
from llamachat.compare.figures import Comparison
from llamachat.compare.plots import Plot
from llamachat.compare.words import HEADINGS, cells, conditions, rate, remarks, times


def markdown_report(comparison: Comparison, plots: Sequence[Plot]) -> str:
    """The whole document."""
    parts = [f"# {markdown(comparison.title)}", *_table(comparison)]
    parts += [f"- {markdown(words)}" for words in remarks(comparison)]
    parts.append("")
    parts += [f"- {markdown(words)}" for words in conditions(comparison)]
    parts += [f"- {markdown(head.long)}: {markdown(head.meaning)}" for head in HEADINGS]
    parts.append("")
    for plot in plots:
        parts += [f"![{markdown(plot.title)}]({plot.name}.svg)", ""]
    parts += [*_depths(comparison), *_answers(comparison)]
    return "\n".join(parts).rstrip() + "\n"


def _table(comparison: Comparison) -> Iterator[str]:
    yield ""
    yield _line(["model", *(head.long for head in HEADINGS)])
    yield "|---|" + "---:|" * len(HEADINGS)
    for row in comparison.rows:
        yield _line([row.subject.label, *cells(row)])
    yield ""


def _depths(comparison: Comparison) -> Iterator[str]:
    """Speed at every depth; nothing where only one was measured."""
    depths = sorted({one.depth for row in comparison.rows for one in row.depths})
    if len(depths) < 2:
        return
    yield "## Speed over depth"
    yield ""
    yield "Tokens per second: reading up to the depth, and writing there."
    yield ""
    heads = [f"{kind} @ {depth:,}" for depth in depths for kind in ("read", "write")]
    yield _line(["model", *heads])
    yield "|---|" + "---:|" * len(heads)
    for row in comparison.rows:
        found = {one.depth: one for one in row.depths}
        figures: list[str] = []
        for depth in depths:
            one = found.get(depth)
            figures += [rate(one.prefill if one else None), rate(one.decode if one else None)]
        yield _line([row.subject.label, *figures])
    yield ""


def _answers(comparison: Comparison) -> Iterator[str]:
    if any(row.answers for row in comparison.rows):
        yield "## Answers"
        yield ""
    for number, prompt in enumerate(comparison.prompts):
        said = [row for row in comparison.rows if len(row.answers) > number]
        if not said:
            continue
        yield f"### Prompt {number + 1}"
        yield ""
        yield fenced(prompt)
        yield ""
        for row in said:
            one = row.answers[number]
            if one.fault:
                yield f"**{markdown(row.subject.label)}**: {markdown(one.fault)}"
            else:
                yield f"**{markdown(row.subject.label)}** ({markdown(times(one))}):"
                yield ""
                yield fenced(one.text)
            yield ""


def _line(words: Sequence[str]) -> str:
    return "| " + " | ".join(markdown(word) for word in words) + " |"
