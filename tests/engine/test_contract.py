"""What every engine promises, checked on every implementation (see `engine/base.py`)."""

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from llamachat.engine.base import Chunk, Engine, Event, Prefilled
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import content, raw_prompt, scaffold
from llamachat.errors import EngineError, UsageError
from tests.engine.answers import GREEDY, PROMPT, done_of, run, text_of


def test_a_stream_prefills_then_speaks_then_is_done_once(engine: Engine) -> None:
    events = run(engine)
    kinds = [type(event) for event in events]
    first_chunk = kinds.index(Chunk)
    assert set(kinds[:first_chunk]) == {Prefilled}
    assert set(kinds[first_chunk:-1]) <= {Chunk}
    done = done_of(events)
    assert done.reason == "length"
    assert done.usage.generated == 12
    assert done.usage.prompt == engine.count(PROMPT)


def test_prefill_progress_rises_to_the_whole_prompt(engine: Engine) -> None:
    steps = [e for e in run(engine) if isinstance(e, Prefilled)]
    assert all(a.done <= b.done for a, b in pairwise(steps))
    assert steps[-1].done == steps[-1].total == engine.count(PROMPT)


def test_chunks_count_their_tokens(engine: Engine) -> None:
    events = run(engine)
    counted = sum(event.n_tokens for event in events if isinstance(event, Chunk))
    assert counted <= done_of(events).usage.generated


def test_the_second_time_the_prompt_is_cached_and_the_answer_the_same(engine: Engine) -> None:
    first, second = run(engine), run(engine)
    assert text_of(first) == text_of(second)
    assert done_of(second).usage.cached >= done_of(second).usage.prompt - 1


def test_zero_tokens_are_no_answer(engine: Engine) -> None:
    events = run(engine, n=0)
    assert text_of(events) == ""
    assert done_of(events).reason == "length"
    assert done_of(events).usage.generated == 0


def test_a_reverse_prompt_ends_the_answer_and_is_never_shown(engine: Engine) -> None:
    whole = text_of(run(engine, n=40))
    stop = whole[10:13]
    events = run(engine, n=40, stop=(stop,))
    assert text_of(events) == whole[: whole.index(stop)]
    assert done_of(events).reason == "stop"
    assert done_of(events).stop == stop


def test_prefill_fills_the_cache_and_samples_nothing(engine: Engine) -> None:
    steps = list(engine.prefill(PROMPT))
    assert steps[-1].done == engine.count(PROMPT)
    assert done_of(run(engine)).usage.cached >= engine.count(PROMPT) - 1


def test_prefilled_or_not_the_answer_is_the_same(engine: Engine) -> None:
    list(engine.prefill(PROMPT))
    prefilled = text_of(run(engine))
    list(engine.prefill(raw_prompt("Something else entirely, said before.")))
    assert text_of(run(engine)) == prefilled


def cancelled(engine: Engine) -> list[Event]:
    """A long answer, cancelled by another thread as soon as there is something of it."""
    events: list[Event] = []
    for event in engine.generate(PROMPT, GenerateParams(sampling=GREEDY, n_predict=240)):
        events.append(event)
        if isinstance(event, Chunk) and sum(isinstance(e, Chunk) for e in events) == 1:
            thread = threading.Thread(target=engine.cancel)
            thread.start()
            thread.join()
    return events


def test_cancel_from_another_thread_ends_the_stream(engine: Engine) -> None:
    for _ in range(5):  # on a busy machine a worker may have said all before it hears of it
        done = done_of(cancelled(engine))
        if done.reason == "cancelled":
            break
    assert done.reason == "cancelled"
    assert done.usage.generated < 240


def test_a_cancel_between_streams_does_not_hurt_the_next(engine: Engine) -> None:
    engine.cancel()
    assert done_of(run(engine)).reason == "length"


def test_closing_the_stream_early_leaves_the_engine_usable(engine: Engine) -> None:
    expected = text_of(run(engine))
    stream = engine.generate(PROMPT, GenerateParams(sampling=GREEDY, n_predict=200))
    assert isinstance(next(iter(stream)), Prefilled)
    stream.close()  # type: ignore[attr-defined]
    assert text_of(run(engine)) == expected


def test_two_streams_at_once_are_refused(engine: Engine) -> None:
    stream = engine.generate(PROMPT, GenerateParams(sampling=GREEDY, n_predict=50))
    next(iter(stream))
    with pytest.raises(EngineError):
        list(engine.generate(PROMPT, GenerateParams(n_predict=1)))
    stream.close()  # type: ignore[attr-defined]
    assert done_of(run(engine)).reason == "length"


def test_a_prompt_longer_than_the_context_is_refused_with_figures(engine: Engine) -> None:
    endless = raw_prompt("word " * 3 * engine.info.n_ctx)
    with pytest.raises(UsageError, match=str(engine.info.n_ctx)):
        engine.generate(endless, GenerateParams(n_predict=1))
    assert done_of(run(engine)).reason == "length"


def test_the_context_ends_the_answer_where_nothing_may_be_dropped(engine: Engine) -> None:
    events = run(engine, n=10 * engine.info.n_ctx)
    done = done_of(events)
    assert done.reason == "context"
    assert done.usage.prompt + done.usage.generated == engine.info.n_ctx


def test_full_turns_are_dropped_oldest_first_and_announced(engine: Engine) -> None:
    from llamachat.engine.base import Trimmed

    turns: list[int] = []
    prompt: tuple[object, ...] = (scaffold("A dialog.\n"),)
    for turn in range(1, 20):
        prompt += (
            scaffold("User:", turn),
            content(" tell me more about it please, and then some more", turn),
            scaffold("\nBob:", turn),
        )
        events = run(engine, prompt, n=8, context_shift=True)  # type: ignore[arg-type]
        assert done_of(events).reason == "length"
        turns += [t for e in events if isinstance(e, Trimmed) for t in e.turns]
        prompt += (content(text_of(events), turn), scaffold("\n", turn))
    assert turns
    assert turns == list(range(1, len(turns) + 1))


def test_a_snapshot_comes_back_as_it_was(engine: Engine, tmp_path: Path) -> None:
    _needs_states(engine)
    expected = text_of(run(engine))
    saved = engine.snapshot(tmp_path / "kv", "key")
    list(engine.prefill(raw_prompt("Something else.")))
    assert engine.restore(tmp_path / "kv", "key") == saved
    events = run(engine)
    assert text_of(events) == expected
    assert done_of(events).usage.cached >= done_of(events).usage.prompt - 1


def test_a_snapshot_of_another_key_or_a_damaged_one_is_not_used(
    engine: Engine, tmp_path: Path
) -> None:
    _needs_states(engine)
    run(engine)
    path = tmp_path / "kv"
    engine.snapshot(path, "key")
    assert engine.restore(path, "another") == 0
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert engine.restore(path, "key") == 0
    path.write_bytes(bytes(data[: len(data) // 2]))
    assert engine.restore(path, "key") == 0
    assert engine.restore(tmp_path / "missing", "key") == 0
    assert done_of(run(engine)).reason == "length"


def _needs_states(engine: Engine) -> None:
    if engine.info.server:
        pytest.skip("the state stays at the server")


def test_closing_twice_is_fine(own_engine: Engine) -> None:
    own_engine.close()
    own_engine.close()
