"""The thread that works while nobody waits, with engines that do what real ones seldom do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.message import Message as Post

from llamachat.chat.conversation import Conversation
from llamachat.chat.kept_answer import place_of
from llamachat.chat.kv_keeper import KvKeeper
from llamachat.chat.kv_store import KvStore
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Done, Prefilled, Report
from llamachat.engine.prompt import Prompt, prompt_text, raw_prompt
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied
from llamachat.tui import idle
from llamachat.tui.engine_host import EngineHost
from llamachat.tui.idle import IdleEngine


class Host(EngineHost):
    """Has the engine it is given."""

    def __init__(self) -> None:
        super().__init__(lambda message: None)
        self.present: ScriptedEngine | None = None
        self.revived = 0

    @property
    def engine(self) -> ScriptedEngine | None:
        return self.present

    def cancel(self) -> None:
        """What is cancelled may not have begun."""

    def revive(self) -> None:
        self.revived += 1


class Rig:
    """An idle engine, and what it posts."""

    def __init__(self) -> None:
        self.posted: list[Post] = []
        self.host = Host()
        self.idle = IdleEngine(self.posted.append, self.host, None, drafts=True)

    @property
    def told(self) -> list[tuple[int, int]]:
        posts = [post for post in self.posted if isinstance(post, IdleEngine.DraftIsRead)]
        return [(post.ready, post.total) for post in posts]

    @property
    def deaths(self) -> int:
        return sum(isinstance(post, EngineHost.Failed) for post in self.posted)


class Noting(ScriptedEngine):
    """Notes what it is given to prepare."""

    def __init__(self) -> None:
        super().__init__([])
        self.given: list[str] = []

    def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
        self.given.append(prompt_text(prompt))
        return super().prepare(prompt, report)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(idle, "on_battery", lambda: False)
    made = Rig()
    yield made
    made.idle.leave()


@pytest.fixture
def conversation() -> Iterator[Conversation]:
    with ChatStore() as store:
        yield Conversation(store, load_prompt_template("bob").fill())


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def test_an_engine_that_dies_of_drafts_is_revived_once(
    rig: Rig, conversation: Conversation
) -> None:
    class Deadly(Noting):
        def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
            self.given.append(prompt_text(prompt))
            raise EngineDied("It was killed by SIGSEGV.")

    rig.host.present = engine = Deadly()
    rig.idle.written(conversation, "one two three ")
    until(lambda: rig.host.revived)
    rig.idle.opened(conversation, "one two three four ")
    rig.idle.written(conversation, "one two three four five ")
    time.sleep(0.1)
    assert (rig.deaths, rig.host.revived, len(engine.given)) == (1, 1, 1)
    rig.idle.answered(conversation, Done("died"), "six ")
    time.sleep(0.1)
    assert len(engine.given) == 1
    rig.idle.answered(conversation, Done("eos"), "six seven ")
    until(lambda: rig.deaths == 2)


def test_an_engine_that_was_closed_amid_a_draft_is_not_mourned(
    rig: Rig, conversation: Conversation
) -> None:
    class Closed(Noting):
        def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
            rig.host.present = None
            self.given.append(prompt_text(prompt))
            raise EngineDied("The engine is closed.")

    rig.host.present = engine = Closed()
    rig.idle.written(conversation, "one two three ")
    until(lambda: engine.given)
    time.sleep(0.05)
    assert (rig.deaths, rig.host.revived) == (0, 0)


def test_a_draft_written_while_the_model_loads_is_read(
    rig: Rig, conversation: Conversation
) -> None:
    rig.idle.written(conversation, "one two three ")
    rig.host.present = ScriptedEngine([])
    rig.idle.opened(conversation, "one two three ")
    until(lambda: rig.told and rig.told[-1][0] > 0)


def test_where_another_chat_is_opened_nothing_is_told_of_the_former_draft(
    rig: Rig, conversation: Conversation
) -> None:
    rig.host.present = ScriptedEngine([])
    rig.idle.written(conversation, "one two three ")
    until(lambda: rig.told)
    time.sleep(0.05)
    rig.idle.opened(conversation, "")
    assert rig.told[-1] == (0, 0)


def test_a_draft_that_is_corrected_while_it_is_counted_is_not_read(
    rig: Rig, conversation: Conversation
) -> None:
    class Corrected(Noting):
        counts = 0

        def count(self, prompt: Prompt) -> int:
            self.counts += 1
            if self.counts == 2:
                rig.idle.written(conversation, "five six seven ")
            return super().count(prompt)

    rig.host.present = engine = Corrected()
    rig.idle.written(conversation, "one two three ")
    until(lambda: rig.told and rig.told[-1][0] > 0)
    assert len(engine.given) == 1
    assert "six" in engine.given[0]


def test_a_draft_that_gave_way_in_its_first_batch_is_read_on(
    rig: Rig, conversation: Conversation
) -> None:
    class Yielding(Noting):
        def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
            if self.given:
                return super().prepare(prompt, report)
            self.given.append("")
            assert report is not None
            report(step := Prefilled(0, 20, 0))
            return step

    rig.host.present = Yielding()
    rig.idle.written(conversation, "one two three ")
    until(lambda: rig.told and rig.told[-1][0] > 0)


def test_nothing_is_told_any_more_of_a_draft_that_can_not_be_read(
    rig: Rig, conversation: Conversation
) -> None:
    rig.host.present = ScriptedEngine([], n_ctx=256)
    rig.idle.written(conversation, "one two three ")
    until(lambda: rig.told and rig.told[-1][0] > 0)
    rig.idle.written(conversation, "one two three " * 200)
    until(lambda: rig.told[-1] == (0, 0))


def test_a_state_is_saved_later_where_an_earlier_one_is_still_written(
    conversation: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Busy(ScriptedEngine):
        asked = 0

        def snapshot(
            self, path: Path, key: str, *, wait: bool = True, leaving: bool = False
        ) -> int:
            self.asked += 1
            return super().snapshot(path, key) if self.asked > 2 else 0

    monkeypatch.setattr(idle, "SAVE_PAUSE", 0.01)
    store, host = KvStore(tmp_path, budget=1 << 30), Host()
    keeper, host.present = KvKeeper(store), (engine := Busy([]))
    conversation.line().add(Message("user", "Hello."))
    place = place_of(conversation)
    assert place is not None
    list(engine.prefill(raw_prompt("so many words " * 60)))
    keeper.evaluated(engine, place, 500, 500)
    made = IdleEngine(lambda post: None, host, keeper, drafts=False)
    made.answered(conversation, Done("stop"), "")
    until(store.states)
    made.leave()
    assert engine.asked == 3


def test_what_stands_between_an_answer_and_the_next_words_is_read_too(
    rig: Rig, conversation: Conversation
) -> None:
    rig.host.present = engine = Noting()
    conversation.line().add(Message("user", "Hello."))
    conversation.line().add(Message("assistant", "Hello to you!", "stop"))
    rig.idle.drafts = False
    rig.idle.answered(conversation, Done("stop"), "")
    time.sleep(0.1)
    assert engine.given == []
    rig.idle.drafts = True
    rig.idle.answered(conversation, Done("stop"), "")
    until(lambda: engine.given)
    assert engine.given[0].endswith("\nBob: Hello to you!\nUser:")
    assert set(rig.told) <= {(0, 0)}
