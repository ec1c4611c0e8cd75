"""What two GGUF files say and hold, in a form that shows where they differ."""

from collections.abc import Mapping
from pathlib import Path

from llamachat.gguf.reader import read_header
from scripts.record_conversion import tensors_of
from scripts.record_tokenizers import lines_of


def entries_of(path: Path) -> dict[str, str]:
    """Type and value of every entry; of arrays a hash."""
    lines = lines_of(read_header(path, arrays=True).metadata)
    return dict(_split(line) for line in lines)


def tensors_in(path: Path) -> dict[str, str]:
    """Type, shape and hash of every tensor."""
    lines = tensors_of(read_header(path))
    return dict(_split(line) for line in lines)


def differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> set[str]:
    """Keys that only one of them has, or both with different values."""
    return {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)}


def assert_same_file(ours: Path, theirs: Path) -> None:
    """Equal to the last byte; what differs is told by name."""
    if ours.read_bytes() == theirs.read_bytes():
        return
    for look in (entries_of, tensors_in):
        left, right = look(ours), look(theirs)
        assert {key: (left.get(key), right.get(key)) for key in differing(left, right)} == {}
        assert list(left) == list(right), "the order differs"
    raise AssertionError(f"{ours} and {theirs} differ outside of entries and tensors")


def _split(line: str) -> tuple[str, str]:
    key, _, rest = line.partition(" ")
    return key, rest
