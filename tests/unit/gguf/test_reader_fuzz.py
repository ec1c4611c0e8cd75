"""Whatever the bytes, reading a header ends in a header or a ModelError, in little memory."""

import contextlib
import tracemalloc
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.errors import ModelError
from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.metadata import Array
from llamachat.gguf.reader import read_header
from tests.examples import examples
from tests.unit.gguf import craft

SMALL = craft.small()
NASTY = [pack("<I", n) for n in (0, 0xFF, 1 << 24, (1 << 32) - 1)]
NASTY += [pack("<Q", n) for n in (1, 1 << 25, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "model.gguf"


def outcome(path: Path, content: bytes) -> GGUFHeader | None:
    """A header, or None for a ModelError; anything else fails the test."""
    path.unlink(missing_ok=True)  # ext4 flushes a file that is truncated and written anew: 3 ms
    path.write_bytes(content)
    header = None
    for arrays in (False, True):
        header = None
        with contextlib.suppress(ModelError):
            header = read_header(path, arrays=arrays)
            check(header)
    return header


def check(header: GGUFHeader) -> None:
    """What is accepted is consistent, and all of it can be looked at."""
    for tensor in header.tensors:
        assert 0 <= tensor.offset <= header.file_size - header.data_offset - tensor.n_bytes
    for value in header.metadata.values():
        if isinstance(value, Array) and value.raw is not None:
            assert len(list(value)) == value.length
    assert header.name
    assert header.ftype
    assert header.n_params >= 0


def test_small_file_is_good(path: Path) -> None:
    assert outcome(path, SMALL) is not None


def test_truncation_at_every_byte_is_refused(path: Path) -> None:
    for end in range(len(SMALL)):
        assert outcome(path, SMALL[:end]) is None, end


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_nasty_numbers_everywhere_are_survived(path: Path, step: int) -> None:
    for at in range(0, len(SMALL) - 8, step):
        for number in NASTY:
            outcome(path, SMALL[:at] + number + SMALL[at + len(number) :])


def test_huge_lengths_and_counts_cost_no_memory(path: Path) -> None:
    outcome(path, SMALL)  # what is imported and cached on first use is not counted
    tracemalloc.start()
    try:
        for at in range(len(SMALL) - 8):
            outcome(path, SMALL[:at] + pack("<Q", 1 << 25) + SMALL[at + 8 :])
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


@settings(max_examples=examples(300))
@given(
    st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_mutated_bytes_are_survived(path: Path, changes: list[tuple[int, int]]) -> None:
    content = bytearray(SMALL)
    for at, byte in changes:
        content[at] = byte
    outcome(path, bytes(content))


@settings(max_examples=examples(200))
@given(st.binary(max_size=200), st.sampled_from([2, 3]))
def test_random_bytes_behind_the_magic_are_survived(path: Path, tail: bytes, version: int) -> None:
    outcome(path, b"GGUF" + pack("<I", version) + tail)


@settings(max_examples=examples(200))
@given(st.binary(max_size=300))
def test_random_files_are_refused(path: Path, content: bytes) -> None:
    if not content.startswith(b"GGUF"):
        assert outcome(path, content) is None


def test_a_file_that_shrinks_while_it_is_read_is_cut_off(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(SMALL[:40])
    monkeypatch.setattr("llamachat.gguf.reader.open_gguf", lambda p: (p.open("rb"), len(SMALL)))
    with pytest.raises(ModelError, match="cut off"):
        read_header(path)
