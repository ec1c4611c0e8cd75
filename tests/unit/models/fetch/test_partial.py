"""A partial file knows the hash of all its bytes, also of those of an earlier run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from llamachat.errors import DownloadError
from llamachat.models.fetch.partial import Partial
from tests.hub_server import Stored

DATA = bytes(range(256)) * 5000


def nothing(done: int) -> None:
    """Nobody listens."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "blob.llamachat.incomplete"


def test_bytes_are_hashed_as_they_come(path: Path) -> None:
    with Partial(path) as partial:
        partial.write(DATA[:1000])
        partial.write(DATA[1000:])
        assert partial.sha256 == hashlib.sha256(DATA).hexdigest()
        assert partial.git_sha1() == Stored(DATA, lfs=False).git
    assert path.read_bytes() == DATA


def test_a_later_run_has_the_hash_of_both(path: Path) -> None:
    with Partial(path) as partial:
        partial.write(DATA[:777])
    seen: list[int] = []
    with Partial(path) as partial:
        partial.recall(len(DATA), seen.append)
        assert (partial.done, partial.resumed) == (777, True)
        partial.write(DATA[777:])
        assert partial.sha256 == hashlib.sha256(DATA).hexdigest()
    assert seen == [777]
    assert path.read_bytes() == DATA


def test_more_bytes_than_the_file_can_have_are_dropped(path: Path) -> None:
    with Partial(path) as partial:
        partial.write(DATA)
    with Partial(path) as partial:
        partial.recall(10, nothing)
        assert (partial.done, partial.resumed) == (0, False)


def test_reading_it_back_can_be_stopped_without_loss(path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int) -> None:
        raise Stop

    with Partial(path) as partial:
        partial.write(DATA)
    with pytest.raises(Stop), Partial(path) as partial:
        partial.recall(len(DATA), stop)
    assert path.read_bytes() == DATA


def test_the_senders_name_for_the_content_is_kept_beside_it(path: Path) -> None:
    names: list[str | None] = []
    with Partial(path) as partial:
        names.append(partial.etag)
        partial.sent_by('"one"')
        partial.write(b"x")
    with Partial(path) as partial:
        names.append(partial.etag)
        partial.sent_by(None)
        names.append(partial.etag)
        partial.sent_by('"two"')
        partial.sync()
    assert names == [None, '"one"', None]
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_empty_file_is_not_left_behind(path: Path) -> None:
    with Partial(path) as partial:
        partial.sent_by('"one"')
    assert not list(path.parent.iterdir())


def test_a_place_that_cannot_be_written_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(DownloadError) as refused:
        Partial(path).__enter__()
    assert str(path) in refused.value.message
