"""Manifests: what is remembered of a file, what is noticed, and that a bad one is only told."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat import __version__
from llamachat.errors import LlamaChatError
from llamachat.models.load_check import changed_since_verified
from llamachat.models.manifest import (
    Manifest,
    find,
    forget,
    manifests,
    quick_check,
    record,
)
from llamachat.models.places import manifest_folder, manifest_path
from tests.examples import examples
from tests.unit.models.files import SMALL, sha, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "models" / "small.gguf")


def kept_mtime(path: Path, content: bytes) -> None:
    """Other bytes, the same date."""
    stat = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_what_is_recorded_is_found_again(path: Path) -> None:
    made = record(
        path, sha256=sha(), name="small", source="hf:a/b/small.gguf", revision="c" * 40,
        confirmed=["huggingface.co"], versions={"llama.cpp": "b1"}, inputs={"a.pth": "d" * 64},
        recipe={"ftype": "q4_0", "threads": 2},
    )  # fmt: skip
    assert find(path) == made
    assert manifests() == [made]
    assert made.size == len(SMALL)
    assert made.versions == {"llamachat": __version__, "llama.cpp": "b1"}
    assert quick_check(made) is None
    assert list(manifest_folder().iterdir()) == [manifest_path(path)]


def test_same_bytes_keep_what_was_known_of_them(path: Path) -> None:
    record(path, sha256=sha(), name="a", source="hf:a/b/c", confirmed=["x"], recipe={"k": 1})
    again = record(path, sha256=sha(), confirmed=["y", "x"])
    assert (again.name, again.source, again.confirmed) == ("a", "hf:a/b/c", ("x", "y"))
    assert again.recipe == {"k": 1}
    other = record(path, sha256="e" * 64)
    assert (other.name, other.source, other.confirmed) == ("small", "", ())


def test_links_share_the_manifest_of_their_file(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.gguf"
    link.symlink_to(path)
    made = record(link, sha256=sha())
    assert made.path == link
    assert find(path) == made
    forget(path)
    assert find(link) is None
    forget(path)


def test_quick_check_sees_size_header_and_date(path: Path) -> None:
    made = record(path, sha256=sha())
    kept_mtime(path, SMALL + b"x")
    assert "had 300" in (quick_check(replace(made, size=300)) or "")
    assert "it had" in (quick_check(made) or "")
    kept_mtime(path, b"GGUX" + SMALL[4:])
    assert quick_check(made) == "its header is another"
    path.write_bytes(SMALL)
    os.utime(path, ns=(1, 1))
    assert quick_check(made) == "it was written to since"
    path.unlink()
    assert "cannot be read" in (quick_check(made) or "")


def test_load_says_nothing_of_strangers_and_of_files_as_they_were(path: Path) -> None:
    assert changed_since_verified(path) is None
    assert changed_since_verified(path / "not there") is None
    record(path, sha256=sha())
    assert changed_since_verified(path) is None


def test_load_tells_a_change_in_one_sentence(path: Path) -> None:
    record(path, sha256=sha())
    path.write_bytes(SMALL + b"x")
    said = changed_since_verified(path) or ""
    assert said.startswith("small.gguf is not as it was verified on 20")
    assert said.endswith(f"llamachat models verify {path}")
    assert "\n" not in said


def test_load_looks_at_every_part_of_a_split_model(tmp_path: Path) -> None:
    first, second = (write(tmp_path / f"m-0000{n}-of-00002.gguf") for n in (1, 2))
    record(first, sha256=sha())
    record(second, sha256=sha())
    assert changed_since_verified(first) is None
    second.write_bytes(b"other")
    assert "m-00002-of-00002.gguf" in (changed_since_verified(first) or "")


DAMAGES = [
    b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"format": 1}', b'{"format": true}',
    b"[" * 100_000, b'{"format": 99}', b'{"format": ' + b"9" * 5000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_damaged_manifest_is_told_and_can_be_replaced(path: Path, number: int) -> None:
    record(path, sha256=sha())
    manifest_path(path).write_bytes(DAMAGES[number])
    with pytest.raises(LlamaChatError) as caught:
        find(path)
    assert caught.value.hint
    heard: list[LlamaChatError] = []
    assert manifests(heard.append) == []
    assert len(heard) == 1
    assert changed_since_verified(path)
    assert isinstance(record(path, sha256=sha()), Manifest)
    assert changed_since_verified(path) is None


@settings(max_examples=examples(40))
@given(
    field=st.sampled_from([*Manifest.__slots__, "format"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=3), some),
        max_leaves=5,
    ),
)
def test_manifest_with_any_value_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = write(folder / "fuzzed" / "m.gguf")
    record(path, sha256=sha())
    where = manifest_path(path)
    where.write_text(json.dumps(json.loads(where.read_text()) | {field: value}))
    try:
        found = find(path)
    except LlamaChatError as error:
        assert error.hint
    else:
        assert found is not None
        quick_check(found)


def test_nothing_is_left_where_the_disk_refuses(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LlamaChatError, match="No space left"):
        record(path, sha256=sha())
    assert list(manifest_folder().iterdir()) == []
