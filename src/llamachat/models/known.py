"""Files that are recognised by their checksum, whatever they are called here.

Published GGUFs, Meta's originals, and every file that llama.cpp listed in its days of ggml: 168
facts in known.tsv. To recognise is not to recommend; the catalogue does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that was published; what is not known of it is empty."""

    sha256: str
    md5: str
    size: int
    file: str
    of: str
    """a repository, or a model and who made the file"""

    @property
    def title(self) -> str:
        return f"{self.file} of {self.of}"

    @property
    def is_old_format(self) -> bool:
        """A ggml, ggmf or ggjt file, which llama.cpp no longer reads."""
        return self.file.startswith("ggml-model-") or ".ggmlv3." in self.file


def known_by_digest(digest: str) -> KnownFile | None:
    """The file with this SHA-256 or MD5."""
    return _by_digest().get(digest)


@cache
def _by_digest() -> dict[str, KnownFile]:
    text = files("llamachat.models").joinpath("known.tsv").read_text("ascii")
    found: dict[str, KnownFile] = {}
    for line in text.splitlines()[1:]:
        sha256, md5, size, file, of = (cell if cell != "-" else "" for cell in line.split("\t"))
        entry = KnownFile(sha256, md5, int(size or 0), file, of)
        found |= {digest: entry for digest in (sha256, md5) if digest}
    return found
