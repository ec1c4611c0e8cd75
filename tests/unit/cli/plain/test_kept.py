"""A plain dialog leaves a chat behind as soon as something is said, and can go on with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.chat.chat import Chat
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.cli.flags.parse import parse
from llamachat.cli.plain.kept import keeping
from llamachat.cli.plain.opening import Opening
from llamachat.engine.base import Done
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import UsageError

BOB = load_prompt_template("bob").fill()
NEW = Opening(BOB, prompt_template="bob")


def talk(words: str, *texts: str) -> int | None:
    """Say these texts in a run with these flags; returns the number of the chat."""
    with keeping(parse(words.split(), {})) as kept:
        history = kept.history(kept.opening("") or NEW, model="/models/x.gguf")
        chat = Chat(ScriptedEngine([" Fine.\nUser:"]), BOB, history=history)
        for text in texts:
            for event in chat.reply(text):
                done = event
            assert isinstance(done, Done)
            history.note(done)
        return history.number


def said(number: int) -> list[str]:
    with ChatStore() as store:
        return [message.text for message in store.line(number).messages]


def test_nothing_said_leaves_nothing_behind() -> None:
    assert talk("") is None
    with ChatStore() as store:
        assert store.chats() == []


def test_what_is_said_is_kept_with_its_model_and_figures() -> None:
    number = talk("", "Hello")
    assert number is not None
    with ChatStore() as store:
        record, rows = store.get(number), store.line(number).rows
    assert (record.title, record.prompt_template, record.dialog) == ("Hello", "bob", BOB)
    assert [row.message.text for row in rows] == ["Hello", "Fine."]
    assert rows[1].model == "/models/x.gguf"
    assert rows[1].stats["generated"] > 0


def test_latest_chat_goes_on() -> None:
    talk("", "Old")
    number = talk("", "Hello")
    assert talk("--resume", "Again") == number
    assert number is not None
    assert said(number) == ["Hello", "Fine.", "Again", "Fine."]


def test_chat_of_a_number_goes_on() -> None:
    first = talk("", "Hello")
    talk("", "Other")
    assert talk(f"--resume {first}", "Again") == first


def test_no_save_stores_nothing(home: Path) -> None:
    assert talk("--no-save", "Hello") is None
    assert not (home / "data").exists()


def test_no_save_goes_on_with_a_chat_and_leaves_it_as_it_was() -> None:
    number = talk("", "Hello")
    assert number is not None
    with keeping(parse(["--no-save", "--resume"], {})) as kept:
        history = kept.history(kept.opening("") or NEW, model="")
        assert history.messages[0] == Message("user", "Hello")
    assert talk("--no-save --resume", "Again") is None
    assert said(number) == ["Hello", "Fine."]


def test_there_must_be_something_to_resume() -> None:
    with pytest.raises(UsageError, match="There is no chat to resume yet"):
        talk("--resume")
    with pytest.raises(UsageError, match=r"There is no chat 7\..*llamachat chats list"):
        talk("--resume 7")


def test_deleted_chat_is_not_resumed() -> None:
    number = talk("", "Hello")
    assert number is not None
    with ChatStore() as store:
        store.delete(number)
    with pytest.raises(UsageError, match=f"llamachat chats undelete {number}"):
        talk(f"--resume {number}")


def test_settings_of_the_chat_come_back() -> None:
    number = talk("", "Hello")
    assert number is not None
    with ChatStore() as store:
        store.update(number, settings={"temp": 0.1})
    with keeping(parse(["--resume"], {})) as kept:
        assert kept.settings == {"temp": 0.1}
        assert kept.model == "/models/x.gguf"
