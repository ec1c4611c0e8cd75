"""KV states as a cache of files: found by chat and message, the longest unused go first."""

import os
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from llamachat.chat import kv_store
from llamachat.chat.kv_store import MAX_BUDGET, SHARE, STALE, KvStore
from llamachat.hardware.disk import DiskSpace, read_disk

KEY, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@pytest.fixture
def store(tmp_path: Path) -> KvStore:
    return KvStore(tmp_path / "kv", budget=1000)


def put(
    store: KvStore, chat: int, leaf: int, *, size: int = 10, age: float = 0, key: str = KEY
) -> Path:
    path = store.place(chat, leaf, key)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def kept(store: KvStore) -> set[tuple[int, int]]:
    return {(state.chat, state.leaf) for state in store.states()}


def test_the_state_that_knows_most_of_a_line_is_the_best(store: KvStore) -> None:
    for leaf in (2, 4, 9):
        put(store, 1, leaf)
    put(store, 2, 6)
    found = store.best(1, [1, 2, 3, 4, 5, 6], KEY)
    assert found is not None
    assert found.leaf == 4


def test_a_state_of_another_line_of_the_chat_is_better_than_none(store: KvStore) -> None:
    put(store, 1, 9)
    found = store.best(1, [1, 2], KEY)
    assert found is not None
    assert found.leaf == 9
    assert store.best(3, [1, 2], KEY) is None
    assert store.best(1, [1, 2], OTHER) is None


def test_room_is_made_by_those_unused_the_longest(store: KvStore) -> None:
    for chat in range(1, 5):
        put(store, chat, 1, size=250, age=100 - chat)
    oldest = store.states()[-1]
    store.touch(oldest)
    assert store.make_room(400)
    assert kept(store) == {(1, 1), (4, 1)}
    assert not store.make_room(1001)
    assert kept(store) == {(1, 1), (4, 1)}


def test_no_budget_no_states(tmp_path: Path) -> None:
    store = KvStore(tmp_path, budget=0)
    put(store, 1, 1)
    assert not store.make_room(1)
    store.sweep()
    assert kept(store) == set()


def test_unless_told_otherwise_a_part_of_the_free_disk_is_taken(tmp_path: Path) -> None:
    expected = min(MAX_BUDGET, read_disk(tmp_path).free // SHARE)
    assert abs(KvStore(tmp_path).budget - expected) < 1 << 28


def test_along_one_line_one_state_stays(store: KvStore) -> None:
    for leaf in (2, 4, 7):
        put(store, 1, leaf)
    put(store, 1, 2, key=OTHER)
    put(store, 2, 2)
    store.supersede(1, [1, 2, 3, 4], KEY)
    assert kept(store) == {(1, 4), (1, 7), (1, 2), (2, 2)}
    assert len(store.states()) == 4


def test_what_nobody_will_finish_is_swept_away(store: KvStore) -> None:
    put(store, 1, 1)
    dead, zombie = subprocess.Popen(["true"]), subprocess.Popen(["true"])
    dead.wait()
    while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.001)
    names = {
        f".chat-1-2-0.kv.{dead.pid}.part": 0.0,
        f".chat-1-3-0.kv.{zombie.pid}.part": 0.0,
        f".chat-1-4-0.kv.{os.getpid()}.part": 0.0,
        f".chat-1-5-0.kv.{os.getpid()}.part": STALE + 1,
        "notes.txt": STALE + 1,
    }
    for name, age in names.items():
        (store.folder / name).write_text("x")
        os.utime(store.folder / name, (time.time() - age,) * 2)
    store.sweep()
    zombie.wait()
    left = {path.name for path in store.folder.iterdir()} & names.keys()
    assert left == {f".chat-1-4-0.kv.{os.getpid()}.part", "notes.txt"}
    assert kept(store) == {(1, 1)}


def test_a_number_that_was_given_again_does_not_keep_a_file(store: KvStore) -> None:
    put(store, 1, 1)
    path = store.folder / f".chat-1-2-0.kv.{os.getpid()}.part"
    path.write_text("x")
    os.utime(path, (psutil.Process().create_time() - 60,) * 2)
    store.sweep()
    assert not path.exists()


def test_states_of_chats_that_are_gone_go_too(store: KvStore) -> None:
    for chat in (1, 2, 3):
        put(store, chat, 1)
    store.forget([2])
    assert kept(store) == {(1, 1), (3, 1)}
    store.sweep(lambda chat: chat == 3)
    assert kept(store) == {(3, 1)}


def test_clearing_takes_states_and_nothing_else(store: KvStore) -> None:
    put(store, 1, 1, size=30)
    put(store, 2, 1, size=12)
    (store.folder / "notes.txt").write_text("mine")
    (store.folder / ".chat-1-2-0.kv.1.part").write_text("x")
    assert store.clear() == (2, 42)
    assert [path.name for path in store.folder.iterdir()] == ["notes.txt"]
    assert store.clear() == (0, 0)


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    store = KvStore(tmp_path / "none")
    store.sweep()
    assert store.states() == []
    assert store.best(1, [1], KEY) is None
    assert store.clear() == (0, 0)


def test_a_small_disk_is_not_filled_whatever_the_budget(
    store: KvStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kv_store, "read_disk", lambda folder: DiskSpace(1000, 600, 1))
    assert store.make_room(300)
    assert not store.make_room(301)
