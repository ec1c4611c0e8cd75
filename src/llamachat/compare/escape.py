"""Text of models, files and people, made safe inside HTML, SVG and Markdown.

Control characters become visible pictures, so that a document stays well-formed and shows what is
there. Knows nothing of documents.
"""

from __future__ import annotations

import html
import re

from llamachat.sanitize import for_terminal

_NOT_XML = re.compile("[\ufffe\uffff]")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~&#@]|:(?=//)|(?<=www)\.|^[-+](?=\s)|(?<=^\d)[.)](?=\s|$)")


def markup(text: str) -> str:
    """For the text of an element or the value of an attribute."""
    return html.escape(_NOT_XML.sub("\ufffd", for_terminal(text)), quote=True)


def markdown(text: str) -> str:
    """For one line of Markdown, a cell of a table too: nothing in it is markup."""
    line = " ".join(for_terminal(text).split())
    return _MARKDOWN.sub(r"\\\g<0>", line)


def fenced(text: str) -> str:
    """A block that shows the text as it is, whatever backticks are in it."""
    clean = for_terminal(text)
    longest = max((len(run) for run in re.findall("`+", clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{clean}\n{fence}"
