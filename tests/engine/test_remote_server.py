"""What a remote engine finds out of its server, and what it sends there."""

import threading
import time

import pytest

from llamachat.engine.base import Trimmed
from llamachat.engine.params import SamplingParams
from llamachat.engine.prompt import Segment
from llamachat.engine.remote import client
from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.engine import RemoteEngine
from llamachat.engine.remote.key import Key
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineError, UsageError
from tests.chat_server import ChatServer, Status
from tests.engine.answers import done_of, run, text_of
from tests.engine.served import AT_ONCE

ANSWER = "One two three four five six."


def test_messages_are_sent_as_messages() -> None:
    prompt = (
        Segment("Be kind.", "content", 0, "system"),
        Segment("Hello", "content", 1, "user"),
    )
    with (
        ChatServer(ScriptedEngine([ANSWER])) as server,
        RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine,
    ):
        assert text_of(run(engine, prompt, n=-1, sampling=SamplingParams(temp=0))) == ANSWER
        (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert [one["role"] for one in asked.body["messages"]] == ["system", "user"]


def test_without_a_tokenizer_tokens_are_estimated_and_then_learned() -> None:
    with (
        ChatServer(ScriptedEngine([ANSWER])) as server,
        RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine,
    ):
        prompt = (Segment("word " * 200),)
        assert engine.info.n_ctx == 4096
        assert engine.notes
        estimated = engine.count(prompt)
        told = done_of(run(engine, prompt, n=3)).usage.prompt
        assert abs(engine.count(prompt) - told) < abs(estimated - told)


def test_the_context_of_a_refusal_is_kept_and_turns_are_dropped() -> None:
    turns = [Segment("word " * 20, "content", number) for number in range(1, 12)]
    refusal = Status(400, more={"type": "exceed_context_size_error", "n_ctx": 128})
    with (
        ChatServer(ScriptedEngine([ANSWER])) as server,
        RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine,
    ):
        server.faults.append(refusal)
        events = run(engine, tuple(turns), n=3, context_shift=True)
        assert done_of(events).reason == "length"
        assert engine.info.n_ctx == 128
        assert len(server.asked[1].body["prompt"]) < len(server.asked[0].body["prompt"]) / 2


def test_turns_that_go_after_a_refusal_are_announced_too() -> None:
    turns = [Segment("word " * 20, "content", number) for number in range(1, 12)]
    refusal = Status(400, more={"type": "exceed_context_size_error", "n_prompt_tokens": 260})
    with (
        ChatServer(ScriptedEngine([ANSWER])) as server,
        RemoteEngine(endpoint(server.url, n_ctx=256), patience=AT_ONCE) as engine,
    ):
        server.faults.append(refusal)
        events = run(engine, tuple(turns), n=3, context_shift=True)
        (trimmed,) = [event for event in events if isinstance(event, Trimmed)]
        assert trimmed.turns[0] == 1
        assert len(trimmed.turns) == 11 - server.asked[-1].body["prompt"].count("word " * 20)


def test_the_key_is_sent_and_told_to_nobody() -> None:
    with ChatServer(ScriptedEngine([ANSWER]), key="sk-right") as server:
        with pytest.raises(UsageError, match="wants a key"):
            RemoteEngine(endpoint(server.url), patience=AT_ONCE)
        with pytest.raises(UsageError) as refusal:
            RemoteEngine(endpoint(server.url, key=Key("sk-wrong")), patience=AT_ONCE)
        assert "sk-wrong" not in str(refusal.value)
        with RemoteEngine(endpoint(server.url, key=Key("sk-right")), patience=AT_ONCE) as engine:
            assert text_of(run(engine, n=-1, sampling=SamplingParams(temp=0))) == ANSWER
            assert "sk-right" not in repr(engine.info)


def test_of_several_models_one_must_be_named() -> None:
    with ChatServer(ScriptedEngine([ANSWER]), models=("a:latest", "b")) as server:
        with pytest.raises(UsageError, match="a:latest, b"):
            RemoteEngine(endpoint(server.url), patience=AT_ONCE)
        with pytest.raises(UsageError, match="no model 'c'"):
            RemoteEngine(endpoint(server.url, model="c"), patience=AT_ONCE)
        for name, known in (("a", "a:latest"), ("b", "b")):
            with RemoteEngine(endpoint(server.url, model=name), patience=AT_ONCE) as engine:
                assert engine.info.name == known


def test_bytes_that_are_no_utf8_do_not_break_a_request() -> None:
    """In words of a model they are lone surrogates, for which JSON has no place."""
    prompt = (Segment("a\udcffb" + "word " * 4000),)
    with (
        ChatServer(ScriptedEngine([ANSWER], n_ctx=9000), kind="llamacpp") as server,
        RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine,
    ):
        assert text_of(run(engine, prompt, n=2, stop=("\udcff",))) == "One two"
        (asked,) = server.asked
    assert asked.body["prompt"].startswith("a?bword")
    assert "/tokenize" in [one.path for one in server.received]


def test_cancel_does_not_wait_for_a_silent_tokenizer() -> None:
    with (
        ChatServer(ScriptedEngine([ANSWER]), kind="llamacpp") as server,
        RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine,
    ):
        server.silent.add("/tokenize")
        threading.Timer(0.2, engine.cancel).start()
        began = time.monotonic()
        events = run(engine, (Segment("word " * 4000),), n=3)
        assert done_of(events).reason == "cancelled"
        assert time.monotonic() - began < 1.0
        assert server.asked == []
        assert text_of(run(engine, n=2)) == "One two"


def test_a_server_that_says_nothing_of_itself_is_left_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FACTS_WITHIN", 0.2)
    with ChatServer(ScriptedEngine([ANSWER])) as server:
        server.silent.add("/v1/models")
        began = time.monotonic()
        with pytest.raises(EngineError, match="said nothing"):
            RemoteEngine(endpoint(server.url), patience=AT_ONCE)
        assert time.monotonic() - began < 2.0
