"""ScriptedEngine keeps the promises of the contract, by its own simple count of tokens."""

import threading
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.base import Chunk, Done, Engine, Event, Prefilled, Trimmed
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import content, raw_prompt, scaffold
from llamachat.engine.script import pieces
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied, EngineError, UsageError

HELLO = raw_prompt("Say hello to the world.")


def generate(engine: Engine, text: str = "Hi", **changes: object) -> list[Event]:
    params = replace(GenerateParams(), **changes)  # type: ignore[arg-type]
    return list(engine.generate(raw_prompt(text), params))


def shown(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Chunk))


def done(events: list[Event]) -> Done:
    last = events[-1]
    assert isinstance(last, Done)
    assert not any(isinstance(event, Done) for event in events[:-1])
    return last


@given(st.text())
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_engine_fits_the_protocol() -> None:
    engine: Engine = ScriptedEngine([])
    assert engine.info.n_ctx == 4096


def test_answers_come_in_turn_and_start_over() -> None:
    with ScriptedEngine(["one", "two"]) as engine:
        assert [shown(generate(engine)) for _ in range(3)] == ["one", "two", "one"]


def test_answer_may_be_a_function_of_the_prompt() -> None:
    assert shown(generate(ScriptedEngine(str.upper), "abc")) == "ABC"


def test_end_of_text_is_a_generated_token() -> None:
    events = generate(ScriptedEngine([" a b c"]))
    assert done(events).reason == "eos"
    assert done(events).usage.generated == 4


@pytest.mark.parametrize(("n_predict", "text", "reason"), [
    (0, "", "length"), (2, " a b", "length"), (3, " a b c", "length"), (4, " a b c", "eos"),
])  # fmt: skip
def test_n_predict_counts_tokens_exactly(n_predict: int, text: str, reason: str) -> None:
    events = generate(ScriptedEngine([" a b c"]), n_predict=n_predict)
    assert (shown(events), done(events).reason) == (text, reason)
    assert done(events).usage.generated == n_predict


def test_reverse_prompt_ends_the_answer_and_is_not_shown() -> None:
    events = generate(ScriptedEngine([" Fine.\nUser: And you?"]), stop=("User: ",))
    assert shown(events) == " Fine.\n"
    assert (done(events).reason, done(events).stop) == ("stop", "User: ")


def test_text_held_back_is_released_at_the_end() -> None:
    events = generate(ScriptedEngine([" The User"]), stop=("User:",))
    assert shown(events) == " The User"
    assert done(events).stop == ""


def test_prefill_is_reported_up_to_the_total() -> None:
    engine = ScriptedEngine([""], n_ubatch=4)
    steps = list(engine.prefill(HELLO))
    assert [step.done for step in steps] == [0, 4, 7]
    assert {step.total for step in steps} == {7} == {engine.count(HELLO)}


def test_second_prompt_costs_only_what_is_new() -> None:
    engine = ScriptedEngine([" Fine."])
    first = done(generate(engine, "User: How are you?\nBob:"))
    second = done(generate(engine, "User: How are you?\nBob: Fine.\nUser: Good.\nBob:"))
    assert first.usage.cached == 0
    assert second.usage.cached == first.usage.prompt + 2
    assert second.usage.prompt == engine.count(
        raw_prompt("User: How are you?\nBob: Fine.\nUser: Good.\nBob:")
    )


def test_cancel_from_another_thread_ends_the_decode() -> None:
    engine = ScriptedEngine([" word" * 1000], delay=0.005)
    events: list[Event] = []
    for event in engine.generate(HELLO, GenerateParams()):
        events.append(event)
        if len(events) == 3:
            threading.Thread(target=engine.cancel).start()
    assert done(events).reason == "cancelled"
    assert shown(generate(engine, n_predict=1)) == " word"


def test_cancel_reaches_the_prefill() -> None:
    engine = ScriptedEngine(["never"], prefill_delay=10.0)
    threading.Timer(0.05, engine.cancel).start()
    events = generate(engine)
    assert done(events).reason == "cancelled"
    assert shown(events) == ""


def test_cancel_before_the_first_event_is_not_lost() -> None:
    engine = ScriptedEngine(["text"])
    stream = engine.generate(HELLO, GenerateParams())
    engine.cancel()
    assert done(list(stream)).reason == "cancelled"


def test_cancel_of_an_idle_engine_does_nothing() -> None:
    engine = ScriptedEngine(["text"])
    engine.cancel()
    assert shown(generate(engine)) == "text"


def test_stream_closed_early_leaves_the_engine_usable() -> None:
    engine = ScriptedEngine([" word" * 50])
    stream = iter(engine.generate(HELLO, GenerateParams()))
    next(stream)
    with pytest.raises(EngineError, match="still answering"):
        next(engine.generate(HELLO, GenerateParams()))
    stream.close()  # type: ignore[attr-defined]
    assert shown(generate(engine, n_predict=2)) == " word word"


def test_engine_dies_once_where_its_script_says() -> None:
    engine = ScriptedEngine([" a b c"], fail_at=2)
    events = generate(engine)
    assert shown(events) == " a b"
    assert done(events).reason == "died"
    assert isinstance(done(events).fault, EngineDied)
    again = done(generate(engine))
    assert (again.reason, again.usage.cached) == ("eos", 0)


def test_prompt_longer_than_the_context_is_refused() -> None:
    engine = ScriptedEngine(["x"], n_ctx=16)
    with pytest.raises(UsageError, match="context"):
        next(engine.generate(raw_prompt("a " * 30), GenerateParams()))
    with pytest.raises(UsageError, match="context"):
        next(engine.prefill(raw_prompt("a " * 30)))
    assert shown(generate(engine)) == "x"


def test_full_context_ends_the_answer() -> None:
    engine = ScriptedEngine([" word"], n_ctx=16)
    ignoring = SamplingParams(ignore_eos=True)
    last = done(generate(engine, sampling=ignoring))
    assert last.reason == "context"
    assert last.usage.prompt + last.usage.generated == 16


def test_context_shift_announces_the_turns_that_go() -> None:
    engine = ScriptedEngine([" word"], n_ctx=24)
    turns = [(scaffold("\nUser:", n), content(" one two", n)) for n in (1, 2, 3)]
    prompt = (scaffold("Be brief."), *chain.from_iterable(turns))
    params = GenerateParams(
        n_predict=14, context_shift=True, sampling=SamplingParams(ignore_eos=True)
    )
    events = list(engine.generate(prompt, params))
    trims = [event for event in events if isinstance(event, Trimmed)]
    assert [trim.turns for trim in trims] == [(1,), (2,)]
    assert done(events).reason == "length"
    assert done(events).usage.dropped == sum(trim.tokens for trim in trims)


def test_context_shift_without_turns_drops_half_of_the_rest() -> None:
    engine = ScriptedEngine([" word"], n_ctx=20)
    events = generate(
        engine,
        text="a b c d",
        n_predict=40,
        n_keep=2,
        context_shift=True,
        sampling=SamplingParams(ignore_eos=True),
    )
    assert {event.turns for event in events if isinstance(event, Trimmed)} == {()}
    assert done(events).usage.generated == 40


def test_snapshot_brings_the_cache_back(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.json"
    first = ScriptedEngine(["x"])
    list(first.prefill(HELLO))
    assert first.snapshot(file, "key") == first.count(HELLO)
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]
    second = ScriptedEngine(["x"])
    assert second.restore(file, "key") == first.count(HELLO)
    steps = list(second.prefill(HELLO))
    assert steps[0] == Prefilled(6, 7, 6)


@pytest.mark.parametrize("damage", ["", "{}", "[]", "[" * 9999, '{"key":"key","log":[[1,"a"]]}'])
def test_damaged_or_foreign_snapshot_restores_nothing(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "state.json"
    engine = ScriptedEngine(["x"])
    list(engine.prefill(HELLO))
    engine.snapshot(file, "key")
    assert engine.restore(file, "another key") == 0
    file.write_text(damage)
    assert engine.restore(file, "key") == 0
    assert engine.restore(tmp_path / "absent", "key") == 0
    assert done(generate(engine)).usage.cached == 0


def test_closed_engine_refuses_in_words() -> None:
    engine = ScriptedEngine(["x"])
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        next(engine.generate(HELLO, GenerateParams()))
