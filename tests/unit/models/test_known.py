"""The list of known files: whole, without contradictions, and the facts it was made of."""

import csv
import json

from llamachat.models.known import _by_digest, known_by_digest
from tests.shared import SHARED, needs_shared


def test_every_line_is_a_file_with_a_checksum() -> None:
    assert len(set(map(id, _by_digest().values()))) > 150
    for digest, entry in _by_digest().items():
        assert digest in (entry.sha256, entry.md5)
        assert len(digest) in (32, 64)
        assert set(digest) <= set("0123456789abcdef")
        assert entry.file
        assert entry.of
    assert known_by_digest("0" * 64) is None


def test_old_formats_are_told_from_gguf() -> None:
    old = {entry.file for entry in _by_digest().values() if entry.is_old_format}
    assert len(old) > 10
    assert not [file for file in old if file.endswith((".gguf", ".pth", ".json", ".model"))]


@needs_shared
def test_facts_are_those_that_were_collected() -> None:
    catalog = json.loads((SHARED / "checksums" / "catalog.json").read_text())
    for fact in catalog["gguf"]:
        entry = known_by_digest(fact["sha256"])
        assert entry is not None
        assert (entry.file, entry.size) == (fact["filename"], fact["size"] or 0)
    with (SHARED / "checksums" / "llama.cpp-SHA256SUMS-history.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            entry = known_by_digest(row["sha256"])
            assert entry is not None
            assert entry.file == row["path"].split("/")[-1]
