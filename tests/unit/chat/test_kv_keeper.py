"""Which chat the engine's cache holds: restored when it is opened, saved where that is worth it."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.chat import kv_store
from llamachat.chat.kv_keeper import WORTH_DISTURBING, WORTH_SAVING, KvKeeper, Place
from llamachat.chat.kv_store import KvStore
from llamachat.engine.base import Prefilled, Usage
from llamachat.engine.prompt import Prompt, raw_prompt
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied

FIRST, SECOND = Place(1, (1, 2)), Place(2, (3, 4))
MANY = raw_prompt("so many words " * 60)
OTHERS = raw_prompt("and quite others " * 60)


@pytest.fixture
def store(tmp_path: Path) -> KvStore:
    return KvStore(tmp_path, budget=1 << 30)


@pytest.fixture
def keeper(store: KvStore) -> KvKeeper:
    return KvKeeper(store)


def read(engine: ScriptedEngine, keeper: KvKeeper, place: Place, prompt=MANY) -> Prefilled:  # type: ignore[no-untyped-def]
    """As an answer would have it: the chat is opened, its prompt evaluated."""
    keeper.open(engine, place)
    *_, last = engine.prefill(prompt)
    keeper.answered(engine, place, Usage(last.total, last.cached, 1))
    return last


def leaves(store: KvStore) -> set[tuple[int, int]]:
    return {(state.chat, state.leaf) for state in store.states()}


def test_changing_chats_evaluates_nothing_again(keeper: KvKeeper, store: KvStore) -> None:
    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    assert read(engine, keeper, SECOND, OTHERS).cached == 1  # the first token
    assert leaves(store) == {(1, 2)}
    assert keeper.open(engine, FIRST) == engine.count(MANY)
    assert leaves(store) == {(1, 2), (2, 4)}
    *_, last = engine.prefill(MANY)
    assert last.cached >= last.total - 1


def test_another_process_goes_on_where_this_one_left(keeper: KvKeeper, store: KvStore) -> None:
    engine, other = ScriptedEngine([]), ScriptedEngine([])
    read(engine, keeper, FIRST)
    assert keeper.save(engine, leaving=True)
    assert KvKeeper(store).open(other, FIRST) == engine.count(MANY)


def test_a_chat_that_is_open_is_not_restored_again(keeper: KvKeeper) -> None:
    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    keeper.save(engine, leaving=True)
    longer, earlier = Place(1, (1, 2, 5, 6)), Place(1, (1,))
    assert [keeper.open(engine, place) for place in (FIRST, longer, earlier)] == [0, 0, 0]


def test_another_line_of_the_chat_is_restored_where_more_is_known_of_it(keeper: KvKeeper) -> None:
    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    keeper.save(engine, leaving=True)
    read(engine, keeper, Place(1, (1, 7)), OTHERS)
    assert keeper.open(engine, Place(1, (1, 2))) == engine.count(MANY)
    assert keeper.open(engine, Place(1, (8, 9))) == 0


@pytest.mark.parametrize(
    ("new", "leaving", "saved"),
    [(WORTH_DISTURBING, False, True), (WORTH_DISTURBING - 1, False, False),
     (WORTH_SAVING, True, True), (WORTH_SAVING - 1, True, False)],
)  # fmt: skip
def test_it_is_saved_where_it_is_worth_it(
    keeper: KvKeeper, new: int, leaving: bool, saved: bool
) -> None:
    engine = ScriptedEngine([])
    list(engine.prefill(MANY))
    keeper.evaluated(engine, FIRST, 500, new)
    assert keeper.save(engine, leaving=leaving) is saved
    assert not keeper.save(engine, leaving=leaving)


def test_a_chat_without_messages_is_not_saved(keeper: KvKeeper) -> None:
    engine = ScriptedEngine([])
    keeper.evaluated(engine, Place(1), 500, 500)
    assert not keeper.save(engine, leaving=True)


def test_an_engine_that_began_anew_holds_nothing(keeper: KvKeeper) -> None:
    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    keeper.save(engine, leaving=True)
    keeper.lost()
    assert not keeper.save(engine, leaving=True)
    assert keeper.open(ScriptedEngine([]), FIRST) == engine.count(MANY)


def test_what_a_worker_that_died_unseen_held_is_not_saved(keeper: KvKeeper) -> None:
    engine, another = ScriptedEngine([]), ScriptedEngine([])
    keeper.evaluated(engine, FIRST, 500, 500)
    list(another.prefill(MANY))
    assert not keeper.save(another, leaving=True)


def test_a_worker_whose_death_is_met_gets_its_state_as_well(keeper: KvKeeper) -> None:
    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    keeper.save(engine, leaving=True)

    class Dying(ScriptedEngine):
        met = False

        def count(self, prompt: Prompt) -> int:
            if not self.met:
                self.met = True
                raise EngineDied("It was killed by SIGKILL.")
            return super().count(prompt)

    keeper.lost()
    assert keeper.open(Dying([]), FIRST) == engine.count(MANY)


def test_a_damaged_state_is_removed_and_the_chat_goes_on(keeper: KvKeeper, store: KvStore) -> None:
    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    keeper.save(engine, leaving=True)
    (state,) = store.states()
    state.path.write_text("torn")
    keeper.lost()
    assert keeper.open(engine, FIRST) == 0
    assert leaves(store) == set()


def test_a_state_that_kills_the_engine_is_tried_once(keeper: KvKeeper, store: KvStore) -> None:
    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    keeper.save(engine, leaving=True)

    class Deadly(ScriptedEngine):
        def restore(self, path: Path, key: str) -> int:
            raise EngineDied("It was killed by SIGSEGV.")

    assert KvKeeper(store).open(Deadly([]), FIRST) == 0
    assert leaves(store) == set()


def test_an_engine_whose_states_nobody_can_name_keeps_none(
    keeper: KvKeeper, store: KvStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine([])
    monkeypatch.setattr(engine, "_info", replace(engine.info, state_key=""))
    keeper.evaluated(engine, FIRST, 500, 500)
    assert not keeper.save(engine, leaving=True)
    assert keeper.open(engine, SECOND) == 0
    assert leaves(store) == set()


def test_where_there_is_no_room_nothing_is_written(tmp_path: Path) -> None:
    store = KvStore(tmp_path, budget=1000)
    keeper, engine = KvKeeper(store), ScriptedEngine([])
    keeper.evaluated(engine, FIRST, 500, 500)
    assert not keeper.save(engine, leaving=True)
    assert leaves(store) == set()


def test_where_nothing_is_to_be_saved_the_engine_is_not_asked(keeper: KvKeeper) -> None:
    class Silent(ScriptedEngine):
        def count(self, prompt: Prompt) -> int:
            raise AssertionError("a worker that is gone would be begun anew")

    keeper.evaluated(Silent([]), FIRST, 500, WORTH_SAVING - 1)
    assert not keeper.save(Silent([]), leaving=True)


def test_whoever_leaves_does_not_wait_for_a_worker_that_begins_anew(keeper: KvKeeper) -> None:
    asked, loaded = threading.Event(), threading.Event()

    class Loading(ScriptedEngine):
        def count(self, prompt: Prompt) -> int:
            asked.set()
            assert loaded.wait(10)
            return super().count(prompt)

    engine = Loading([])
    list(engine.prefill(MANY))
    keeper.evaluated(engine, FIRST, 500, 500)
    opening = threading.Thread(target=keeper.open, args=(engine, SECOND))
    leaving = threading.Thread(target=keeper.save, args=(engine,), kwargs={"leaving": True})
    opening.start()
    assert asked.wait(10)
    leaving.start()
    leaving.join(5)
    waited = leaving.is_alive()
    loaded.set()
    opening.join()
    leaving.join()
    assert not waited


def test_a_longer_line_is_restored_where_the_cache_holds_a_part_of_it(keeper: KvKeeper) -> None:
    engine, longer = ScriptedEngine([]), Place(1, (1, 2, 5, 6))
    read(engine, keeper, longer)
    keeper.save(engine, leaving=True)
    keeper.evaluated(engine, FIRST, 20, 0)
    assert keeper.open(engine, longer) == engine.count(MANY)


def test_what_was_said_in_a_deleted_chat_is_not_kept(store: KvStore) -> None:
    engine, there = ScriptedEngine([]), {1, 2}
    keeper = KvKeeper(store, there.__contains__)
    read(engine, keeper, FIRST)
    read(engine, keeper, SECOND, OTHERS)
    assert leaves(store) == {(1, 2)}
    there.clear()
    keeper.sweep()
    assert leaves(store) == set()
    assert not keeper.save(engine, leaving=True)
    assert leaves(store) == set()


def test_a_state_that_the_engine_does_not_write_is_tried_again(keeper: KvKeeper) -> None:
    class Busy(ScriptedEngine):
        wrote = 0

        def snapshot(
            self, path: Path, key: str, *, wait: bool = True, leaving: bool = False
        ) -> int:
            return self.wrote

    busy = Busy([])
    read(busy, keeper, FIRST)
    assert not keeper.save(busy, leaving=True)
    busy.wrote = 1
    assert keeper.save(busy, leaving=True)


def test_a_disk_that_fails_ends_nothing(keeper: KvKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(folder: Path) -> None:
        raise OSError(5, "Input/output error")

    engine = ScriptedEngine([])
    read(engine, keeper, FIRST)
    monkeypatch.setattr(kv_store, "read_disk", failing)
    assert not keeper.save(engine, leaving=True)
    assert keeper.open(engine, SECOND) == 0
