"""The code blocks of an answer in Markdown, as they would be copied. Knows fences, nothing else."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.M | re.S)


def code_blocks(text: str) -> list[str]:
    """What stands inside each fence, in order; one that is still open ends with the text."""
    return [found[2].removesuffix("\n") for found in _FENCE.finditer(text)]
