"""A remote engine on llama.cpp's server: the same words as here, even where that one is killed."""

import threading
from collections.abc import Iterator

import pytest

from llamachat.bundled import BOB
from llamachat.chat.chat import Chat
from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.engine.base import Chunk, Event
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.engine import RemoteEngine
from llamachat.engine.remote.key import Key
from llamachat.errors import EngineError, UsageError
from tests.engine.answers import GREEDY, done_of, run, text_of
from tests.engine.llama_server import LlamaServer

pytestmark = pytest.mark.slow

SOBER = SamplingParams(temp=0)
QUESTIONS = ("Hello, Bob.", "Please tell me the largest city in Europe.", "What is 2 + 2?")


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaServer]:
    with LlamaServer(n_ctx=1024) as server:
        yield server


@pytest.fixture
def engine(server: LlamaServer) -> Iterator[RemoteEngine]:
    with RemoteEngine(endpoint(server.url)) as engine:
        yield engine


def bob() -> Dialog:
    return load_prompt_template("bob").fill()


def test_bob_says_there_what_he_says_here(engine: RemoteEngine) -> None:
    params = GenerateParams(n_predict=60, sampling=SOBER)
    with LlamaEngine(EngineOptions(BOB, n_ctx=1024, threads=1)) as here:
        near, far = Chat(here, bob()), Chat(engine, bob())
        for question in QUESTIONS:
            expected, said = list(near.reply(question, params)), list(far.reply(question, params))
            assert text_of(said) == text_of(expected)
            assert done_of(said).reason == done_of(expected).reason
            assert done_of(said).stop == done_of(expected).stop
            assert done_of(said).usage.prompt == done_of(expected).usage.prompt


def test_a_turn_costs_its_own_tokens_there_too(engine: RemoteEngine) -> None:
    chat = Chat(engine, bob())
    for question in QUESTIONS:
        usage = done_of(list(chat.reply(question))).usage
    assert usage.cached > usage.prompt / 2


def test_a_chat_goes_through_the_servers_own_template(engine: RemoteEngine) -> None:
    dialog = Dialog(form="chat")
    chat = Chat(engine, dialog)
    events = list(chat.reply("Hello", GenerateParams(n_predict=8, sampling=SOBER)))
    assert done_of(events).usage.generated == 8
    assert [m.role for m in chat.history.messages] == ["user", "assistant"]


def test_its_refusal_of_a_long_prompt_becomes_the_sentence(engine: RemoteEngine) -> None:
    words = Message("user", "word " * 3000)
    chat = Chat(engine, Dialog(form="chat"))
    with pytest.raises(UsageError, match="1024"):
        list(chat.reply(words.text))


def test_parameters_of_llama_cpp_arrive(engine: RemoteEngine) -> None:
    grammar = SamplingParams(grammar='root ::= "yes" | "no"', top_k=3, repeat_penalty=1.1, seed=1)
    assert text_of(run(engine, n=8, sampling=grammar)) in ("yes", "no")


def test_a_key_is_asked_for_and_a_wrong_one_noticed_at_once() -> None:
    with LlamaServer("--api-key", "sk-right") as server:
        with pytest.raises(UsageError, match="wants a key"):
            RemoteEngine(endpoint(server.url))
        with pytest.raises(UsageError, match="does not accept"):
            RemoteEngine(endpoint(server.url, key=Key("sk-wrong")))
        with RemoteEngine(endpoint(server.url, key=Key("sk-right"))) as engine:
            assert text_of(run(engine))


def test_killed_in_mid_answer_it_loses_no_word_and_comes_back() -> None:
    with LlamaServer(n_ctx=2048) as server, RemoteEngine(endpoint(server.url)) as engine:
        events: list[Event] = []
        for event in engine.generate(
            ((*bob().preamble,)), GenerateParams(n_predict=1900, sampling=GREEDY)
        ):
            events.append(event)
            if sum(isinstance(event, Chunk) for event in events) == 20:
                threading.Thread(target=server.kill).start()
        done = done_of(events)
        assert done.reason == "died"
        assert done.fault is not None
        assert "broke off in mid answer; what had come is kept" in done.fault.message
        assert len(text_of(events)) > 20
        with pytest.raises(EngineError, match="Nothing listens"):
            run(engine)
        server.start()
        assert done_of(run(engine)).reason == "length"
