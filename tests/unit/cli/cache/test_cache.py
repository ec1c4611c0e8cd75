"""`llamachat cache`: which KV states there are, whose they are, and how to be rid of them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.kv_store import KvStore
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.cli.cache import run
from llamachat.cli.chats.deleting import run as delete_chats
from llamachat.config.writing import set_value
from llamachat.errors import UsageError

Cache = Callable[..., tuple[str, str]]
KEY = "0123456789abcdef" * 2


@pytest.fixture
def cache(capfdbinary: pytest.CaptureFixture[bytes]) -> Cache:
    """Run `llamachat cache …`; returns what it printed and said."""

    def cache(*words: object) -> tuple[str, str]:
        capfdbinary.readouterr()
        assert run([str(word) for word in words]) == 0
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return out.decode(), err.decode()

    return cache


def put(chat: int, leaf: int = 1, *, size: int = 1000) -> None:
    store = KvStore()
    path = store.place(chat, leaf, KEY)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (1e9 + chat, 1e9 + chat))


def chat_of(words: str) -> int:
    with ChatStore() as store:
        chat = store.create(Dialog())
        store.line(chat.id).add(Message("user", words))
        return chat.id


def test_an_empty_cache_shows_where_it_would_be_and_its_room(cache: Cache) -> None:
    out, _ = cache()
    assert str(KvStore().folder) in out
    assert "0.00 MB of" in out


def test_states_are_shown_with_the_titles_of_their_chats(cache: Cache) -> None:
    number = chat_of("Tell me about the sea")
    put(number, size=2_500_000)
    put(99)
    lines = cache("show")[0].splitlines()
    assert "Tell me about the sea" in lines[-1]
    assert "2.50 MB" in lines[-1]
    assert "(no such chat)" in lines[-2]
    found = json.loads(cache("show", "--json")[0])
    assert [state["chat"] for state in found["states"]] == [99, number]
    assert found["taken"] == 2_501_000


def test_the_settings_say_how_much_room_there_is(cache: Cache) -> None:
    set_value("kv_cache_mb", "1234")
    assert json.loads(cache("show", "--json")[0])["budget"] == 1_234_000_000


def test_states_are_deleted_all_or_those_of_some_chats(cache: Cache) -> None:
    for chat in (1, 2, 3):
        put(chat)
    assert "1 KV state is gone" in cache("clear", 2)[1]
    assert [state.chat for state in KvStore().states()] == [3, 1]
    assert "2 KV states are gone" in cache("clear")[1]
    assert "nothing to delete" in cache("clear")[1]


def test_deleting_a_chat_deletes_its_state() -> None:
    number = chat_of("A secret")
    put(number)
    put(number + 1)
    delete_chats([str(number)])
    assert [state.chat for state in KvStore().states()] == [number + 1]


def test_an_unknown_action_is_refused(cache: Cache) -> None:
    with pytest.raises(UsageError, match="'tidy' is not an action"):
        run(["tidy"])
