"""A server's answer as engine events, whatever the server tells and leaves out."""

from typing import Any

import pytest

from llamachat.engine.base import Chunk, Event, Prefilled
from llamachat.engine.remote.reading import Reading
from llamachat.engine.remote.refusals import Refused
from llamachat.engine.remote.request import Request
from llamachat.engine.stop import ReversePrompts


def reading(*stops: str, n_predict: int = -1) -> Reading:
    request = Request("/completions", {}, stops={stop.rstrip(): stop for stop in stops})
    return Reading(request, ReversePrompts(stops), n_predict=n_predict, tokens=7)


def text(words: str, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"text": words, "finish_reason": finish, **more}]}


def fed(one: Reading, *values: Any) -> list[Event]:
    events = [event for value in values for event in one.take(value)]
    return [*events, *one.rest()]


def shown(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Chunk))


def test_where_nothing_is_told_everything_is_counted() -> None:
    one = reading()
    events = fed(one, text("a"), text("b"), text("", "stop"))
    assert events[0] == Prefilled(7, 7, 0)
    assert [event.n_tokens for event in events if isinstance(event, Chunk)] == [1, 1]
    done = one.done()
    assert (done.reason, done.usage.prompt, done.usage.generated) == ("eos", 7, 2)
    assert one.prompt_tokens == 0


def test_usage_and_timings_of_the_server_win() -> None:
    one = reading()
    timings = {"cache_n": 3, "prompt_n": 6, "prompt_ms": 30.0, "predicted_n": 5}
    fed(one, text("a"), {**text("", "stop"), "timings": {**timings, "predicted_ms": 40.0}})
    done = one.done()
    assert (done.usage.prompt, done.usage.cached, done.usage.generated) == (9, 3, 5)
    assert done.timings.prefill_rate(done.usage) == 200
    assert done.timings.decode_rate(done.usage) == 100
    usage = {"prompt_tokens": 11, "completion_tokens": 6}
    fed(one, {"choices": [], "usage": {**usage, "prompt_tokens_details": None}})
    assert one.done().usage.prompt == one.prompt_tokens == 11


@pytest.mark.parametrize(
    ("last", "reason", "stop"),
    [
        (text("", "stop", stop_reason="User:"), "stop", "User: "),  # vLLM
        (text("", "stop"), "stop", "User: "),
        ({**text("", "stop"), "__verbose": {"stop_type": "eos"}}, "eos", ""),  # llama-server
        (text("", "length"), "context", ""),
        (text("", "content_filter"), "eos", ""),
    ],
)
def test_why_it_ended_is_found_out_as_far_as_it_is_told(
    last: dict[str, Any], reason: str, stop: str
) -> None:
    one = reading("User: ")
    fed(one, text("a"), last)
    assert (one.done().reason, one.done().stop) == (reason, stop)


def test_a_limit_that_was_reached_is_not_a_full_context() -> None:
    one = reading(n_predict=2)
    fed(one, text("a"), text("b", "length"))
    assert one.done().reason == "length"


def test_a_reverse_prompt_over_two_objects_is_never_shown() -> None:
    one = reading("User:")
    assert shown(fed(one, text("Hi.\nUs"), text("er: and on"))) == "Hi.\n"
    assert one.matched and one.finished
    assert one.done().stop == "User:"


def test_what_only_might_have_been_one_is_shown_in_the_end() -> None:
    assert shown(fed(reading("User:"), text("Hi.\nUs"), text("", "length"))) == "Hi.\nUs"


def test_half_characters_of_two_objects_become_one() -> None:
    halves = [b"\xe2\x82".decode("utf-8", "surrogateescape"), "\udcac ok"]
    assert shown(fed(reading(), *map(text, halves))) == "€ ok"


def test_half_a_surrogate_pair_does_no_harm() -> None:
    assert shown(fed(reading(), text("a\ud83d"), text("b"))) == "a\ufffdb"


def test_thoughts_are_counted_and_not_shown() -> None:
    one = reading()
    thought = {"choices": [{"delta": {"reasoning_content": "hm"}}]}
    said = {"choices": [{"delta": {"content": "yes"}, "finish_reason": "stop"}]}
    assert shown(fed(one, thought, thought, said)) == "yes"
    assert one.done().usage.generated == 3


@pytest.mark.parametrize(
    "error",
    [{"error": {"message": "no", "code": 503}}, {"object": "error", "message": "no", "code": 503}],
)
def test_an_error_is_a_refusal(error: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        fed(reading(), error)
    assert refusal.value.status == 503
    assert refusal.value.fault["message"] == "no"


@pytest.mark.parametrize("bad", [[], "text", None, 3, {"choices": ["x"]}])
def test_what_is_no_answer_is_refused(bad: object) -> None:
    with pytest.raises(TypeError):
        fed(reading(), bad)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"choices": []},
        {"choices": None, "usage": None, "timings": None},
        {"usage": {"prompt_tokens": -5, "completion_tokens": "many"}},
        {"timings": {"cache_n": 1e300, "prompt_ms": "soon", "predicted_n": True}},
        {"prompt_progress": {"total": 10, "processed": 99, "cache": -1}, "choices": []},
        {"choices": [{"delta": None, "text": None}]},
        {"choices": [{"text": 5, "finish_reason": 7}]},
    ],
)
def test_odd_objects_do_no_harm(odd: dict[str, Any]) -> None:
    one = reading()
    assert shown(fed(one, text("a"), odd, text("b", "stop"))) == "ab"
    assert one.done().usage.prompt == 7


def test_progress_is_told_until_the_first_text() -> None:
    one = reading()
    steps = [{"prompt_progress": {"total": 9, "cache": 2, "processed": n}} for n in (2, 6, 9)]
    events = fed(one, *steps, text("a", "stop"))
    assert events[:3] == [Prefilled(n, 9, 2) for n in (2, 6, 9)]
    assert isinstance(events[3], Chunk)
