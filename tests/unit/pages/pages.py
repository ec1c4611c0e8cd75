"""The pages of the project, and the pieces of them that can be checked.

Reads Markdown as far as these pages use it. Knows nothing of what a piece should be.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_COMMENT = re.compile(r"\s{3,}\S|\s+# ")
_CALL = re.compile(r"^(?:\w+=\S+ |\w+=\"[^\"]*\" |exec )*llamachat(?= |$)(?P<words>.*)$")


@dataclass(frozen=True, slots=True)
class Page:
    path: Path
    text: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def prose(self) -> str:
        """Without what stands in fences."""
        return _FENCED.sub("", self.text)

    @property
    def blocks(self) -> list[str]:
        """What stands in fences."""
        return [body for _, body in _FENCED.findall(self.text)]

    @property
    def spans(self) -> list[str]:
        """Inline code, each on one line."""
        return [" ".join(span.split()) for span in _SPAN.findall(self.prose)]

    @property
    def links(self) -> list[str]:
        """Where they lead: a path, an address or an anchor."""
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """Headings as links name them."""
        heads = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        kept = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
        return {head.replace(" ", "-") for head in kept}

    @property
    def calls(self) -> Iterator[list[str]]:
        """What follows `llamachat` in each command line."""
        lines = [line for body in self.blocks for line in body.replace("\\\n", " ").splitlines()]
        for line in [*lines, *self.spans]:
            typed = _COMMENT.split(line.strip().removeprefix("$ "))[0]
            for part in re.split(r" && | \|(?: |$)", typed):
                if found := _CALL.match(part.strip()):
                    yield shlex.split(found["words"])


def _read(path: Path) -> Page:
    return Page(path, path.read_text(encoding="utf-8"))


PAGES = [_read(path) for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])]
README = _read(ROOT / "README.md")


def table(page: Page, head: str) -> list[list[str]]:
    """The cells of the rows below a table's first line."""
    rows = page.text.partition(f"{head}\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
