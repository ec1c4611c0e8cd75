"""A server that misbehaves: each thing in one sentence, and no word that had come is lost."""

import threading
import time
from collections.abc import Iterator

import pytest

from llamachat.engine.base import Chunk, Done, Event
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.engine import RemoteEngine
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied, EngineError, LlamaChatError, UsageError
from tests.chat_server import (
    BadEvent,
    ChatServer,
    Cut,
    ErrorEvent,
    Fault,
    HugeLine,
    Page,
    Pieces,
    Silence,
    Status,
)
from tests.engine.answers import PROMPT, done_of, run, text_of
from tests.engine.served import AT_ONCE

ANSWER = "Größer als 👍 one two three four five six."


@pytest.fixture(params=["llamacpp", "other"])
def server(request: pytest.FixtureRequest) -> Iterator[ChatServer]:
    with ChatServer(ScriptedEngine([ANSWER]), kind=request.param) as server:
        yield server


@pytest.fixture
def engine(server: ChatServer) -> Iterator[RemoteEngine]:
    with RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine:
        yield engine


def answer(engine: RemoteEngine, stop: tuple[str, ...] = ()) -> list[Event]:
    """One that ends by itself."""
    return run(engine, n=-1, sampling=SamplingParams(temp=0), stop=stop)


def test_an_answer_comes_whole_with_its_figures(engine: RemoteEngine) -> None:
    events = answer(engine)
    done = done_of(events)
    assert text_of(events) == ANSWER
    assert done.reason == "eos"
    assert done.usage.prompt > 0
    assert done.usage.generated >= 8
    assert 0 < done.timings.first_token < 5


def test_characters_that_are_cut_in_two_arrive_whole(
    server: ChatServer, engine: RemoteEngine
) -> None:
    server.faults.append(Pieces(1))
    assert text_of(answer(engine)) == ANSWER


@pytest.mark.parametrize("fault", [Cut(3), ErrorEvent(3), BadEvent(3), HugeLine(3)])
def test_what_had_come_is_kept_and_never_asked_for_again(
    server: ChatServer, engine: RemoteEngine, fault: Fault
) -> None:
    server.faults.append(fault)
    events = answer(engine)
    done = done_of(events)
    assert text_of(events)
    assert ANSWER.startswith(text_of(events))
    assert done.reason == "died"
    assert isinstance(done.fault, EngineDied)
    assert len(server.asked) == 1
    assert text_of(answer(engine)) == ANSWER


@pytest.mark.parametrize(
    "fault", [Cut(0), Status(503), Status(429, headers={"Retry-After": "0"}), Status(502)]
)
def test_before_the_first_word_it_is_tried_again(
    server: ChatServer, engine: RemoteEngine, fault: Fault
) -> None:
    server.faults.append(fault)
    assert text_of(answer(engine)) == ANSWER
    assert len(server.asked) == 2


def test_patience_has_an_end(server: ChatServer, engine: RemoteEngine) -> None:
    server.faults += [Status(503, "busy now")] * 10
    with pytest.raises(EngineError, match="busy now"):
        answer(engine)
    assert len(server.asked) == AT_ONCE.tries


def test_a_server_may_not_order_to_wait_for_long(server: ChatServer, engine: RemoteEngine) -> None:
    server.faults.append(Status(429, "later", headers={"Retry-After": "3600"}))
    with pytest.raises(EngineError, match="too much"):
        answer(engine)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Status(500, "no memory"), EngineError),
        (Status(503, "dead", headers={"X-Should-Retry": "false"}), EngineError),
        (Status(400, "no"), UsageError),
        (Page(), EngineError),
    ],
)
def test_other_refusals_are_said_at_once(
    server: ChatServer, engine: RemoteEngine, fault: Fault, kind: type[LlamaChatError]
) -> None:
    server.faults.append(fault)
    with pytest.raises(kind):
        answer(engine)
    assert len(server.asked) == 1
    assert text_of(answer(engine)) == ANSWER


def test_a_redirect_is_not_followed(server: ChatServer, engine: RemoteEngine) -> None:
    with ChatServer(ScriptedEngine([ANSWER])) as other:
        server.faults.append(Status(307, headers={"Location": f"{other.url}/v1/completions"}))
        with pytest.raises(UsageError, match=f"not followed: {other.url}"):
            answer(engine)
        assert other.received == []


def test_a_server_that_falls_silent_is_left_after_a_while(server: ChatServer) -> None:
    server.faults.append(Silence(2))
    quick = type(AT_ONCE)(tries=2, first=0.01, stall=0.2)
    with RemoteEngine(endpoint(server.url), patience=quick) as engine:
        events = answer(engine)
    fault = done_of(events).fault
    assert fault is not None
    assert "fell silent" in fault.message


@pytest.mark.parametrize("after", [0, 2])
def test_cancel_does_not_wait_for_a_silent_server(
    server: ChatServer, engine: RemoteEngine, after: int
) -> None:
    server.faults.append(Silence(after))
    threading.Timer(0.2, engine.cancel).start()
    began = time.monotonic()
    events = answer(engine)
    assert done_of(events).reason == "cancelled"
    assert time.monotonic() - began < 1.0
    assert server.lost.wait(2), "the line was not cut"
    assert text_of(answer(engine)) == ANSWER


def test_cancel_ends_a_pause_between_two_tries(server: ChatServer) -> None:
    server.faults += [Status(503)] * 9
    slow = type(AT_ONCE)(tries=9, first=30.0)
    with RemoteEngine(endpoint(server.url), patience=slow) as engine:
        threading.Timer(0.2, engine.cancel).start()
        began = time.monotonic()
        assert done_of(answer(engine)).reason == "cancelled"
        assert time.monotonic() - began < 1.0


def test_leaving_the_stream_cuts_the_line(server: ChatServer, engine: RemoteEngine) -> None:
    server.faults.append(Silence(2))
    for event in engine.generate(PROMPT, GenerateParams()):
        if isinstance(event, Chunk):
            break
    assert server.lost.wait(2)
    assert text_of(answer(engine)) == ANSWER


def test_a_reverse_prompt_is_matched_here_whatever_the_server_does(
    server: ChatServer, engine: RemoteEngine
) -> None:
    stops = ("1", "2", "3", "4", "three")  # the protocol takes four
    events = answer(engine, stop=stops)
    assert text_of(events) == ANSWER[: ANSWER.index("three")].rstrip(" ") + " "
    assert done_of(events).stop == "three"


def test_a_stopped_server_is_said_in_one_sentence_and_asked_again_later(
    server: ChatServer,
) -> None:
    with RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine:
        assert text_of(answer(engine)) == ANSWER
        server.close()
        with pytest.raises(EngineError, match="Nothing listens"):
            answer(engine)
        with ChatServer(ScriptedEngine([ANSWER]), kind=server.kind, port=server.port):
            assert text_of(answer(engine)) == ANSWER


def test_zero_tokens_are_not_even_asked_for(server: ChatServer, engine: RemoteEngine) -> None:
    (event,) = engine.generate(PROMPT, GenerateParams(n_predict=0))
    assert isinstance(event, Done)
    assert server.asked == []
