"""What may go wrong in a chat: it is said in a sentence, and no word is lost."""

import signal
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llamachat.bundled import BOB
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine import supervisor
from llamachat.engine.base import EngineInfo
from llamachat.errors import UsageError
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.tui.app import LlamaChatApp
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import (
    answering,
    here,
    loaded,
    quiet,
    remarks,
    send,
    signal_engine,
    stored,
    stored_rows,
    texts,
    writing,
)

pytestmark = pytest.mark.usefixtures("quick")


async def test_a_killed_engine_keeps_the_answer_says_what_died_and_comes_back(
    slow_model: Path,
) -> None:
    async with answering(slow_model) as (app, pilot):
        signal_engine(app, signal.SIGKILL)
        await quiet(app, pilot)
        await send(app, pilot, "And now?")  # while it is being started again
        _, (role, text, reason) = here(app)[:2]
        assert (role, reason) == ("assistant", "died")
        assert len(text) >= 20
        (remark,) = remarks(app)
        assert "SIGKILL" in remark
        assert "cut: the engine died" in shown(app)

        await writing(app, pilot)
        await pilot.press("escape")
        await quiet(app, pilot)
        assert [reason for _, _, reason in here(app)] == [None, "died", None, "cancelled"]
        assert texts(app)[:2] == ["Tell me everything.", text]


async def test_an_engine_that_keeps_dying_is_not_started_for_ever(
    babbler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "BACKOFF", (0.0, 0.0, 0.0))
    monkeypatch.setattr(supervisor, "MAX_CRASHES", 1)
    async with running(launch(babbler)) as (app, pilot):
        await loaded(app, pilot)
        signal_engine(app, signal.SIGKILL)
        await send(app, pilot, "Hello!")
        await until(pilot, lambda: app.chat_screen.panel.engine == "failed")
        await quiet(app, pilot)
        assert "not started again" in remarks(app)[-1]
        assert "llamachat doctor" in remarks(app)[-1]
        await send(app, pilot, f"/model {BOB}")
        await loaded(app, pilot)
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 4)
        assert here(app)[-1][2] == "stop"


async def test_a_message_longer_than_the_context_comes_back_to_the_composer() -> None:
    async with running(launch(n_ctx=256)) as (app, pilot):
        await loaded(app, pilot)
        text = "no end " * 300
        await send(app, pilot, text)
        app.chat_screen.composer.insert("And")  # typed before it was refused
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft.split() == [*text.split(), "And"]
        assert texts(app) == []
        assert here(app) == []
        await until(pilot, lambda: app.chat_screen.panel.engine == "idle")
        (remark,) = remarks(app)
        assert "256" in remark
        app.chat_screen.composer.clear()
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        assert [role for role, _, _ in here(app)] == ["user", "assistant"]
        assert len(app.store.tree(1)) == 2  # no version of it stays beside
        assert "1/2" not in shown(app)
        await refuse_an_edit(app, pilot, text)


async def refuse_an_edit(app: LlamaChatApp, pilot: Pilot[int], text: str) -> None:
    """What is too long is still being edited, and the chat is as it was."""
    composer, before = app.chat_screen.composer, here(app)
    composer.insert("half a thought")
    app.chat_screen.editing.begin(stored_rows(1)[0].id)
    composer.area.replace_all(text)
    await pilot.press("enter")
    await quiet(app, pilot)
    assert composer.draft == text
    assert "Editing" in shown(app)
    assert here(app) == before
    assert len(app.store.tree(1)) == 2
    await pilot.press("escape")
    assert composer.draft == "half a thought"


@pytest.mark.parametrize("content", [None, b"GGUF\x03\0\0\0 and then nothing"])
async def test_a_bad_model_file_is_told_and_another_one_can_be_chosen(
    content: bytes | None, tmp_path: Path
) -> None:
    model = tmp_path / "broken.gguf"
    if content is not None:
        model.write_bytes(content)
    async with running(launch(model)) as (app, pilot):
        await until(pilot, lambda: app.chat_screen.panel.engine == "failed")
        (remark,) = remarks(app)
        assert str(model) in remark
        await send(app, pilot, "Hello!")
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft == "Hello!"
        assert texts(app) == []
        app.chat_screen.composer.clear()
        await send(app, pilot, f"/model {tmp_path}/none.gguf")
        assert "There is no model file" in remarks(app)[-1]
        await send(app, pilot, f"/model {BOB}")
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        assert stored_rows(1)[1].model == str(BOB)


def pragma(store: ChatStore, statement: str) -> None:
    """Have SQLite refuse to write, as it does on a full disk and on one mounted read-only."""
    store._database._connection.execute(f"PRAGMA {statement}")


async def test_a_disk_that_refuses_gives_the_message_back() -> None:
    text = "Tell me everything. " * 400
    async with running() as (app, pilot):
        await loaded(app, pilot)
        pragma(app.store, "query_only = ON")  # not even a chat can be made
        await send(app, pilot, text)
        assert app.chat_screen.composer.draft == text
        assert "cannot be opened or written" in remarks(app)[-1]
        pragma(app.store, "query_only = OFF")
        pragma(app.store, "max_page_count = 1")  # SQLite makes that: what there is
        await pilot.press("enter")
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft == text
        assert texts(app) == []
        assert "The disk is full" in remarks(app)[-1]
        assert "Free some space" in remarks(app)[-1]
        pragma(app.store, "max_page_count = 100000")
        app.chat_screen.composer.draft = "Hello!"
        await pilot.press("enter")
        await answered(app, pilot, 2)
        assert [role for role, _, _ in here(app)] == ["user", "assistant"]


async def test_a_disk_that_refuses_amid_an_answer_gets_it_with_the_next_message(
    slow_model: Path,
) -> None:
    async with answering(slow_model) as (app, pilot):
        pragma(app.store, "query_only = ON")
        await pilot.press("escape")
        await quiet(app, pilot)
        answer = texts(app)[-1].strip()
        assert len(answer) >= 20
        assert "cannot be opened or written" in remarks(app)[-1]
        told = len(remarks(app))
        for part in ("What", " now?"):  # a draft that can not be kept is told once
            app.chat_screen.composer.insert(part)
            await pilot.pause(0.4)
        assert len(remarks(app)) == told + 1
        await pilot.press("enter")
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft == "What now?"
        assert texts(app)[-1].strip() == answer  # which is stored nowhere yet

        pragma(app.store, "query_only = OFF")
        await pilot.press("enter")
        await writing(app, pilot)
        await pilot.press("ctrl+q")
    first, second, third, fourth = stored(1)
    assert first == ("user", "Tell me everything.", None)
    assert second == ("assistant", answer, "cancelled")
    assert third == ("user", "What now?", None)
    assert fourth[2] == "cancelled"


async def test_a_broken_prompt_template_is_told_and_the_chat_goes_on() -> None:
    def broken(_info: EngineInfo) -> tuple[Dialog, str]:
        raise UsageError("mine.toml, line 3, column 1: no such key.")

    async with running(launch(decide=broken)) as (app, pilot):
        await loaded(app, pilot)
        await pilot.pause()
        assert remarks(app) == ["mine.toml, line 3, column 1: no such key."]
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        assert here(app)[-1][2] == "stop"


async def test_a_broken_chat_template_of_a_model_gives_the_message_back(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    write_generated_llama(model, TINY, "q8_0", chat_template="{% for m in messages %}")

    def decide(_info: EngineInfo) -> tuple[Dialog, str]:
        return load_prompt_template("assistant").fill(), "assistant"

    async with running(launch(model, decide=decide)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "Hello!")
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft == "Hello!"
        assert "chat template" in remarks(app)[-1]
