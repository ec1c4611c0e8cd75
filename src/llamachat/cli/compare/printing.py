"""The finished comparison on standard output: table, remarks, answers. Knows figures and a page."""

from __future__ import annotations

from llamachat.cli.compare.table import table_lines
from llamachat.cli.page import Page
from llamachat.compare.figures import Comparison
from llamachat.compare.words import conditions, remarks, times


def print_comparison(page: Page, comparison: Comparison) -> None:
    """Everything that was measured."""
    heading, *lines = table_lines(comparison, page.columns)
    page.line((heading, "strong"))
    for line in lines:
        page.line((line, ""))
    page.text("\n")
    for words in remarks(comparison):
        page.words((words, "found"))
    for words in conditions(comparison):
        page.words((words, "dim"))
    for number, prompt in enumerate(comparison.prompts):
        said = [row for row in comparison.rows if len(row.answers) > number]
        if not said:
            continue
        page.text("\n")
        page.words((f"> {prompt}", "user"))
        for row in said:
            one = row.answers[number]
            page.line((row.subject.label, "strong"), (f"  {one.fault or times(one)}", "dim"))
            if not one.fault:
                page.words((one.text, ""))
