"""A chat goes on where it was left: the last one, a numbered one, one that a kill cut off."""

import subprocess
import sys
import time

import pytest

from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.errors import UsageError
from llamachat.tui.app import LlamaChatApp
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import here, loaded, remarks, send, stored, stored_rows, texts

pytestmark = pytest.mark.usefixtures("quick")

KILLED = """
import os, time
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
store = ChatStore()
line = store.line(store.create(load_prompt_template("bob").fill(), prompt_template="bob").id)
line.add(Message("user", "Tell me everything."))
line.journal("It all began ")
time.sleep(0.4)
os.kill(os.getpid(), 9)
"""


async def test_a_chat_is_resumed_by_its_number_or_as_the_last_one_with_all_it_had() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "/set temp 0.5")
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        await send(app, pilot, "/new")
        await send(app, pilot, "And who are you?")
        await until(pilot, lambda: app.chat_screen.conversation.id == 2)
        await answered(app, pilot, 2)
        await pilot.press("ctrl+q")
    before = stored(1)
    async with running(launch(resume="latest")) as (app, pilot):
        assert app.chat_screen.conversation.id == 2
        assert texts(app) == [text for _, text, _ in stored(2)]
    async with running(launch(resume=1)) as (app, pilot):
        assert texts(app) == [text for _, text, _ in before]
        assert "Hello!  ·  chat 1  ·  prompt template bob" in shown(app)
        assert app.chat_screen.conversation.params().sampling.temp == 0.5
        await until(pilot, lambda: app.chat_screen.turns.figures().context_used > 0)
        used = app.chat_screen.turns.figures().context_used
        assert f"{used} / 2,048" in app.chat_screen.panel.full_text
        await send(app, pilot, "What is the capital of France?")
        await answered(app, pilot, 4)
        assert here(app)[:2] == before
        prompt = stored_rows(1)[3].stats["prompt"]
        assert prompt > stored_rows(1)[1].stats["prompt"]
        assert 0 < prompt - used < 20  # the new question


async def test_an_answer_that_was_cut_by_a_kill_is_there_marked_and_the_chat_goes_on() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert done.returncode == -9
    async with running(launch(resume="latest")) as (app, pilot):
        assert texts(app) == ["Tell me everything.", "It all began"]
        assert "cut: llamachat itself was ended" in shown(app)
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 4)
        assert [reason for _, _, reason in here(app)] == [None, "abandoned", None, "stop"]


def test_what_can_not_be_resumed_is_refused_in_a_sentence() -> None:
    with ChatStore() as store:
        with pytest.raises(UsageError, match="no chat to resume yet"):
            LlamaChatApp(launch(resume="latest"), store)
        with pytest.raises(UsageError, match="There is no chat 7"):
            LlamaChatApp(launch(resume=7), store)
        chat = store.create(load_prompt_template("bob").fill()).id
        store.line(chat).add(Message("user", "Hello!"))
        store.delete(chat)
        with pytest.raises(UsageError, match=r"Chat 1 is deleted.*undelete 1"):
            LlamaChatApp(launch(resume=chat), store)


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_chat_of_many_messages_opens_at_once_and_scrolls(count: int) -> None:
    text = "A message of a few words, with **strong** ones, and\n\n- one\n- two"
    messages = [
        StoredMessage(
            at + 1,
            at or None,
            Message("assistant", f"{at} {text}", "eos") if at % 2 else Message("user", str(at)),
            float(at),
            "",
            {},
            1,
            1,
        )
        for at in range(count)
    ]
    now = time.time()
    dialog = load_prompt_template("bob").fill()
    record = ChatRecord(0, "Long", now, now, "bob", dialog, {}, "", "", count, count)
    with ChatStore() as store:
        store.insert(record, messages)
    begun = time.process_time()
    async with running(launch(resume="latest")) as (app, pilot):
        await loaded(app, pilot)
        assert time.process_time() - begun < 2.5
        assert f"{count - 1} {text[:20]}" in shown(app)
        await pilot.press("f6", "home")
        assert "Please tell me the largest city" in shown(app)
        begun = time.process_time()
        await pilot.press(*["pagedown"] * 4)
        assert time.process_time() - begun < 0.8
        assert "largest city" not in shown(app)
        await pilot.press("end", "escape")
        await send(app, pilot, "Hello!")
        await answered(app, pilot, count + 2)
        assert "no longer seen by the model" in remarks(app)[-1]
        assert app.chat_screen.transcript.following
