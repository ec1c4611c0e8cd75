"""Figures of an answer, folded from the engine's events with a stopwatch in hand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from llamachat.chat.meter import Figures, Meter
from llamachat.chat.next_to_go import Turn
from llamachat.engine.base import Chunk, Done, Memory, Prefilled, Timings, Trimmed, Usage
from llamachat.engine.scripted import ScriptedEngine

INFO = ScriptedEngine(["x"], n_ctx=1000).info
TURNS = (
    Turn("", 1000),
    Turn("Hello, Bob.", 4000),
    Turn("What is the largest city\nin Europe, and how many people live there?", 4000),
    Turn("So?", 1000),
)


def _meter(turns: Sequence[Turn] = TURNS) -> Meter:
    meter = Meter(lambda: turns)
    meter.loaded(replace(INFO, memory=Memory(model=4_000, kv_cache=500, compute=100)))
    return meter


def _read(meter: Meter, total: int, at: float = 0.0, *, cached: int = 0) -> None:
    """An answer is asked for, and its prompt read at 100 t/s."""
    meter.begin(at)
    meter.feed(Prefilled(cached, total, cached), at)
    meter.feed(Prefilled(total, total, cached), at + (total - cached) / 100)


def test_before_anything_all_figures_are_zero() -> None:
    assert Meter().figures(5.0) == Figures()


def test_a_loaded_model_shows_its_context_and_memory() -> None:
    figures = _meter().figures(0.0)
    assert (figures.state, figures.n_ctx, figures.context_used) == ("idle", 1000, 0)
    assert figures.memory.model == 4_000


def test_reading_counts_only_the_tokens_evaluated_now() -> None:
    meter = _meter()
    meter.begin(10.0)
    assert meter.figures(10.0).state == "reading"
    assert meter.figures(10.0).eta is None
    meter.feed(Prefilled(200, 700, 200), 10.0)
    meter.feed(Prefilled(300, 700, 200), 12.0)
    figures = meter.figures(12.0)
    assert (figures.prompt_done, figures.prompt_total, figures.prompt_cached) == (300, 700, 200)
    assert figures.prompt_rate == pytest.approx(50.0)
    assert figures.eta == pytest.approx(8.0)


def test_the_eta_counts_down_between_two_batches_and_never_below_zero() -> None:
    meter = _meter()
    meter.begin(0.0)
    meter.feed(Prefilled(0, 400, 0), 0.0)
    meter.feed(Prefilled(100, 400, 0), 2.0)
    assert meter.figures(3.0).eta == pytest.approx(5.0)
    assert meter.figures(60.0).eta == 0.0


def test_the_first_batch_has_an_eta_from_the_last_prompt() -> None:
    meter = _meter()
    _read(meter, 300)
    meter.feed(Done("eos"), 4.0)
    meter.begin(10.0)
    meter.feed(Prefilled(300, 500, 300), 10.0)
    assert meter.figures(10.0).eta == pytest.approx(2.0)


def test_a_prompt_of_one_new_token_does_not_spoil_the_known_rate() -> None:
    meter = _meter()
    _read(meter, 300)
    meter.feed(Done("eos"), 4.0)
    meter.begin(10.0)
    meter.feed(Prefilled(299, 300, 299), 10.0)
    meter.feed(Prefilled(300, 300, 299), 11.0)
    meter.feed(Done("eos"), 12.0)
    meter.begin(20.0)
    meter.feed(Prefilled(300, 500, 300), 20.0)
    assert meter.figures(20.0).eta == pytest.approx(2.0)


def test_writing_begins_when_the_prompt_is_read() -> None:
    meter = _meter()
    _read(meter, 100, 5.0)
    figures = meter.figures(6.0)
    assert (figures.state, figures.eta, figures.generated) == ("writing", None, 0)


def test_time_to_first_token_is_what_the_person_waited() -> None:
    meter = _meter()
    _read(meter, 100, 5.0)
    meter.feed(Chunk("Hi", 1), 6.25)
    meter.feed(Chunk("!", 1), 7.0)
    assert meter.figures(7.0).first_token == pytest.approx(1.25)


def test_a_done_answer_has_the_rates_of_the_engines_clock() -> None:
    meter = _meter()
    _read(meter, 100)
    for number in range(11):
        meter.feed(Chunk("x", 1), 1.0 + number / 10)
    assert meter.figures(2.0).rate == pytest.approx(10.0)
    done = Done("eos", Usage(100, 0, 12, 0), Timings(2.0, 1.0, 2.0), Memory(1, 2, 3, 4))
    meter.feed(done, 2.0)
    figures = meter.figures(9.0)
    assert (figures.state, figures.rate) == ("idle", 0.0)
    assert figures.average == pytest.approx(11.0)
    assert figures.prompt_rate == pytest.approx(50.0)
    assert (figures.generated, figures.context_used) == (12, 112)
    assert (figures.memory, figures.done) == (Memory(1, 2, 3, 4), done)


def test_an_answer_of_no_tokens_has_no_rate() -> None:
    meter = _meter()
    _read(meter, 100)
    meter.feed(Done("eos", Usage(100, 0, 0, 0), Timings(1.0, 0.5, 0.0)), 1.5)
    figures = meter.figures(1.5)
    assert (figures.rate, figures.average, figures.generated) == (0.0, 0.0, 0)
    assert (figures.first_token, figures.history) == (None, ())


def test_a_cancelled_prefill_keeps_its_own_rate_and_what_was_read() -> None:
    meter = _meter()
    meter.begin(0.0)
    meter.feed(Prefilled(0, 800, 0), 0.0)
    meter.feed(Prefilled(200, 800, 0), 4.0)
    assert meter.figures(4.0).context_used == 800
    meter.feed(Done("cancelled", Usage(800, 0, 0, 0), Timings(4.2, 0.0, 0.0)), 4.2)
    figures = meter.figures(4.2)
    assert figures.prompt_rate == pytest.approx(50.0)
    assert (figures.context_used, figures.state, figures.eta) == (200, "idle", None)


def test_a_death_keeps_the_figures_so_far() -> None:
    meter = _meter()
    _read(meter, 100)
    for number in range(5):
        meter.feed(Chunk("x", 1), 1.0 + number / 4)
    meter.feed(Done("died"), 2.0)
    figures = meter.figures(3.0)
    assert figures.average == pytest.approx(4.0)
    assert figures.memory.model == 4_000


def test_a_stream_that_breaks_off_leaves_the_meter_idle() -> None:
    meter = _meter()
    meter.begin(0.0)
    meter.stop(1.0)
    meter.stop(2.0)
    assert meter.figures(2.0).state == "idle"


def test_a_regeneration_starts_from_zero_and_keeps_history_and_context() -> None:
    meter = _meter()
    _read(meter, 100)
    for number in range(31):
        meter.feed(Chunk("x", 1), 1.0 + number / 10)
    meter.feed(Done("eos", Usage(100, 0, 31, 0), Timings(1.0, 3.0, 1.0)), 4.0)
    before = meter.figures(4.0)
    meter.begin(10.0)
    figures = meter.figures(10.0)
    assert (figures.generated, figures.average, figures.first_token) == (0, 0.0, None)
    assert (figures.history, figures.context_used) == (before.history, 131)
    meter.feed(Prefilled(99, 100, 99), 10.0)
    meter.feed(Prefilled(100, 100, 99), 10.1)
    assert meter.figures(10.1).context_used == 100


def test_turns_dropped_before_the_prompt_are_no_longer_in_it() -> None:
    meter = _meter()
    meter.begin(0.0)
    meter.feed(Trimmed((1, 2), 300), 0.0)
    meter.feed(Prefilled(50, 600, 50), 0.0)
    figures = meter.figures(0.0)
    assert (figures.context_used, figures.dropped_turns, figures.dropped_tokens) == (600, 2, 300)


def test_turns_dropped_while_writing_make_room() -> None:
    meter = _meter()
    _read(meter, 900)
    meter.feed(Chunk("x", 90), 10.0)
    meter.feed(Trimmed((1,), 200), 11.0)
    assert meter.figures(11.0).context_used == 790


def test_the_warning_comes_at_85_percent_and_names_the_oldest_turn() -> None:
    meter = _meter()
    _read(meter, 849)
    assert meter.figures(9.0).warning == ""
    meter.feed(Chunk("x", 1), 9.0)
    assert meter.figures(9.0).warning == "Next to go: turn 1, “Hello, Bob.”."


def test_the_warning_goes_on_to_the_next_turn_and_shortens_it() -> None:
    meter = _meter()
    meter.begin(0.0)
    meter.feed(Trimmed((1,), 100), 0.0)
    meter.feed(Prefilled(40, 900, 40), 0.0)
    expected = "Next to go: turn 2, “What is the largest city in Europe, and…”."
    assert meter.figures(0.0).warning == expected


def test_turns_come_back_where_the_whole_prompt_is_read_again() -> None:
    meter = _meter()
    meter.begin(0.0)
    meter.feed(Trimmed((1,), 100), 0.0)
    _read(meter, 900, 10.0)
    assert "turn 1" in meter.figures(20.0).warning


def test_the_last_turn_is_never_announced() -> None:
    meter = _meter(TURNS[:2])
    _read(meter, 950)
    assert meter.figures(9.5).warning == "No older turn can go."


def test_another_chat_has_the_context_that_was_counted() -> None:
    meter = _meter()
    _read(meter, 900)
    meter.forget(held=120)
    figures = meter.figures(20.0)
    assert (figures.context_used, figures.warning, figures.done) == (120, "", None)
