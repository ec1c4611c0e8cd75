"""What a model was built from is held against what it was, back to the first file."""

import hashlib
from pathlib import Path

from llamachat.models.chain import Hashed, links
from llamachat.models.manifest import Manifest, record
from llamachat.models.verify import verify_file


def made(path: Path, *inputs: Path) -> Manifest:
    """A file, and the memory of what it was built from."""
    if not path.exists():
        path.write_bytes(path.name.encode())
    hashes = {str(one): hashlib.sha256(one.read_bytes()).hexdigest() for one in inputs}
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return record(path, sha256=sha256, inputs=hashes, recipe={"type": "Q4_0"})


def test_every_link_is_followed_once(tmp_path: Path) -> None:
    weights, whole, small = (tmp_path / name for name in ("weights", "whole", "small"))
    weights.write_bytes(b"w")
    made(whole, weights)
    found = list(links(made(small, whole, weights)))
    assert [(link.path, link.state) for link in found] == [(whole, "same"), (weights, "same")]


def test_a_change_ends_the_chain_there(tmp_path: Path) -> None:
    weights, whole, small = (tmp_path / name for name in ("weights", "whole", "small"))
    weights.write_bytes(b"w")
    made(whole, weights)
    manifest = made(small, whole)
    whole.write_bytes(b"another")
    made(whole, weights)
    assert [(link.path, link.state) for link in links(manifest)] == [(whole, "changed")]


def test_what_is_gone_or_closed_is_only_said(tmp_path: Path) -> None:
    gone, folder, small = (tmp_path / name for name in ("gone", "folder", "small"))
    gone.write_bytes(b"")
    folder.write_bytes(b"")
    manifest = made(small, gone, folder)
    gone.unlink()
    folder.unlink()
    folder.mkdir()
    assert [link.state for link in links(manifest)] == ["gone", "unreadable"]


def test_circles_end(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    made(one)
    made(two, one)
    assert len(list(links(made(one, two)))) == 1


def test_what_several_models_were_made_of_is_read_once(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"w")
    results = [made(tmp_path / name, weights).path for name in ("q4_0", "q4_k_m", "q8_0")]
    read: list[Path] = []
    hashed: Hashed = {}
    for path in (*results, results[0]):
        verdict = verify_file(path, on_file=lambda file, *_: read.append(file), hashed=hashed)
        assert [link.state for link in verdict.links] == ["same"]
    assert sorted(read) == sorted([weights, *results])


def test_what_was_read_once_is_held_against_every_memory_of_it(tmp_path: Path) -> None:
    weights, hashed = tmp_path / "weights", Hashed()
    weights.write_bytes(b"w")
    old = made(tmp_path / "old", weights)
    weights.write_bytes(b"another")
    new = made(tmp_path / "new", weights)
    assert [link.state for link in links(old, hashed=hashed)] == ["changed"]
    assert [link.state for link in links(new, hashed=hashed)] == ["same"]
