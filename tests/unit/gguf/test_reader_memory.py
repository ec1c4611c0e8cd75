"""Peak memory of a process that reads a hostile header: bounded, whatever the file claims."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from struct import pack

import pytest

from llamachat.gguf.cursor import MAX_HEADER
from tests.unit.gguf import craft
from tests.unit.gguf.craft import ARRAY, STRING, U32, entry, gguf, tensor

PROGRAM = """
import resource, sys
from llamachat.errors import ModelError
from llamachat.gguf.reader import read_header
def peak():
    unit = 1024 if sys.platform == "darwin" else 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
before = peak()
try:
    read_header(sys.argv[1], arrays=sys.argv[2] == "True")
    outcome = "read"
except ModelError as error:
    outcome = "refused"
print(outcome, (peak() - before) >> 10)
"""


def peak_mib(path: Path, *, arrays: bool) -> tuple[str, int]:
    """The outcome, and by how many MiB reading raised the peak of a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(arrays)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    outcome, mib = done.stdout.split()
    return outcome, int(mib)


def sparse(path: Path, head: bytes, size: int) -> Path:
    """A file that begins with `head` and goes on with zeros that take no disk."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


CLAIMS = {
    "strings without end": entry(b"a", ARRAY, pack("<IQ", STRING, 1 << 60)),
    "numbers without end": entry(b"a", ARRAY, pack("<IQ", U32, 1 << 60)),
    "numbers beyond the limit": entry(b"a", ARRAY, pack("<IQ", U32, MAX_HEADER)),
    "a text beyond the limit": entry(b"a", STRING, pack("<Q", MAX_HEADER + 1)),
    "a text as long as the file": entry(b"a", STRING, pack("<Q", 9 << 30)),
}


LONG = "strings without end"
"""its 16 million empty strings are read up to the limit: seconds"""


@pytest.mark.parametrize(
    "claim",
    [*(name for name in CLAIMS if name != LONG), pytest.param(LONG, marks=pytest.mark.slow)],
)
def test_claims_beyond_the_limits_cost_no_memory(tmp_path: Path, claim: str) -> None:
    path = sparse(tmp_path / "m.gguf", gguf([CLAIMS[claim]], []), 10 << 30)
    outcome, mib = peak_mib(path, arrays=False)
    assert outcome == "refused"
    assert mib < 16


def test_largest_header_costs_three_times_its_size_or_nothing(tmp_path: Path) -> None:
    n_bytes = 40 << 20
    array = entry(b"a", ARRAY, pack("<IQ", STRING, n_bytes // 8))
    head = gguf([array], [])
    path = sparse(tmp_path / "m.gguf", head, len(head) + n_bytes)
    assert peak_mib(path, arrays=False) < ("read", 16)
    outcome, mib = peak_mib(path, arrays=True)
    assert outcome == "read"
    assert mib < 3 * (n_bytes >> 20)


def test_many_tiny_tensors_cost_less_than_a_kilobyte_each(tmp_path: Path) -> None:
    count = 100_000
    entries = [tensor(b"%x" % n, (1,), 24, 32 * n) for n in range(count)]
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf([craft.NAME], entries, bytes(32 * count)))
    outcome, mib = peak_mib(path, arrays=False)
    assert outcome == "read"
    assert mib < count >> 10
