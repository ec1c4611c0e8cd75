"""The search never takes what did not prove faster, and keeps its time."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.engine.tuning.compare import LEAST_PAIRS, WORTH
from llamachat.engine.tuning.search import search
from llamachat.engine.tuning.values import Candidate, Setup, Task, Trying, Verdict, Work, chosen
from tests.examples import examples
from tests.unit.engine.tuning.bench import OFF, ONE, Q8, SMALL, START, FakeBench

ALL = (ONE, OFF, SMALL, Q8)


def verdicts(bench: FakeBench, task: Task) -> list[Verdict]:
    steps = search(task, START, bench, bench.clock)
    return [step for step in steps if isinstance(step, Verdict)]


def faster_without_flash(setup: Setup, work: Work) -> float:
    return 1.13 if setup.flash_attention == "off" and work == "decode" else 1.0


def test_faster_one_is_taken_and_what_follows_is_compared_with_it() -> None:
    bench = FakeBench(faster_without_flash)
    found = verdicts(bench, Task((OFF, SMALL), seconds=60))
    assert [v.outcome for v in found] == ["faster", "no faster"]
    assert chosen(found) == {"flash_attention": "off"}
    assert abs(found[0].figures[0].gain - 0.13) < 0.01
    later = [setup for setup, _ in bench.taken if setup.n_ubatch == 128]
    assert {setup.flash_attention for setup in later} == {"off"}


def test_samples_alternate_and_begin_and_end_with_the_best_so_far() -> None:
    bench = FakeBench(faster_without_flash)
    verdicts(bench, Task((SMALL,), seconds=60))
    sizes = [setup.n_ubatch for setup, _ in bench.taken]
    assert sizes == [512 if at % 2 == 0 else 128 for at in range(len(sizes))]
    assert sizes[-1] == 512


def test_who_decodes_faster_and_reads_more_slowly_is_not_taken() -> None:
    def speed(setup: Setup, work: Work) -> float:
        return (1.2 if work == "decode" else 0.9) if setup.flash_attention == "off" else 1.0

    (verdict,) = verdicts(FakeBench(speed), Task((OFF,), seconds=60))
    assert verdict.outcome == "slower elsewhere"
    assert [figure.work for figure in verdict.figures] == ["decode", "prefill"]


def test_kv_cache_of_fewer_bits_must_bring_more() -> None:
    def brings(gain: float) -> FakeBench:
        return FakeBench(lambda setup, _: 1 + gain * (setup.cache_type == "q8_0"))

    assert verdicts(brings(0.03), Task((Q8,), seconds=60))[0].outcome == "no faster"
    assert verdicts(brings(0.08), Task((Q8,), seconds=60))[0].outcome == "faster"


def test_hopeless_one_costs_three_samples() -> None:
    bench = FakeBench(lambda setup, _: setup.threads / 2)
    verdicts(bench, Task((ONE,), seconds=60))
    assert len(bench.taken) == 3


def test_what_the_library_refuses_is_said_and_the_search_goes_on() -> None:
    bench = FakeBench(refused=("q8_0",))
    found = verdicts(bench, Task((Q8, SMALL), seconds=60))
    assert [v.outcome for v in found] == ["not possible", "no faster"]


def test_while_others_use_the_processor_nothing_is_decided() -> None:
    bench = FakeBench(faster_without_flash, busy=0.5)
    (verdict,) = verdicts(bench, Task((OFF,), seconds=60))
    assert verdict.outcome == "busy"
    assert verdict.figures
    (anyway,) = verdicts(bench, Task((OFF,), seconds=60, others=1.0))
    assert anyway.outcome == "faster"


def test_what_is_known_is_not_measured_again() -> None:
    bench = FakeBench(faster_without_flash)
    known = verdicts(bench, Task((OFF,), seconds=60))
    bench.taken.clear()
    found = verdicts(bench, Task((OFF, SMALL), tuple(known), seconds=60))
    assert [v.candidate for v in found] == [SMALL]
    assert {setup.flash_attention for setup, _ in bench.taken} == {"off"}


def test_each_sample_is_announced() -> None:
    bench = FakeBench()
    steps = list(search(Task((SMALL,), seconds=60), START, bench, bench.clock))
    announced = [step for step in steps if isinstance(step, Trying)]
    assert len(announced) == len(bench.taken)
    assert announced[0].seconds == 0
    assert announced[-1].seconds < bench.now - 100


@settings(max_examples=examples(40))
@given(
    st.floats(0.01, 40),
    st.floats(0.001, 2),
    st.integers(0, 2**32),
    st.floats(0, 0.3),
    st.permutations(ALL),
)
def test_time_is_kept_and_nothing_is_taken_that_was_not_faster(
    seconds: float, sample: float, seed: int, scatter: float, order: list[Candidate]
) -> None:
    dice = random.Random(seed)
    factors = {candidate: dice.uniform(0.7, 1.4) for candidate in ALL}

    def speed(setup: Setup, work: Work) -> float:
        product = 1.0
        for candidate, factor in factors.items():
            if setup == setup.having(candidate):
                product *= factor
        return product

    bench = FakeBench(speed, lambda: dice.lognormvariate(0, scatter), seconds=sample)
    found = verdicts(bench, Task(tuple(order), seconds=seconds))
    assert [v.candidate for v in found] == order
    longest = sample / min(factors.values()) ** 4 * 10
    assert bench.now - 100 <= seconds + longest
    best = START
    for verdict in found:
        if verdict.outcome == "faster":
            first = verdict.figures[0]
            assert first.pairs >= LEAST_PAIRS
            assert first.gain >= WORTH
            assert first.gain > first.error
            best = best.having(verdict.candidate)
    if scatter == 0:
        assert speed(best, "decode") >= speed(START, "decode")


@settings(max_examples=examples(30))
@given(st.integers(0, 2**32))
def test_a_machine_whose_speed_swings_seldom_deceives(seed: int) -> None:
    """Its speed walks by 40 % within a search, and no candidate differs at all."""
    dice = random.Random(seed)
    level = [1.0]

    def drift() -> float:
        level[0] = min(1.4, max(1 / 1.4, level[0] * dice.lognormvariate(0, 0.03)))
        return level[0]

    bench = FakeBench(noise=drift)
    found = verdicts(bench, Task(ALL, seconds=20))
    taken = [v for v in found if v.outcome == "faster"]
    assert all(v.figures[0].gain < 0.25 for v in taken)


def test_longer_first_samples_leave_time_for_the_others() -> None:
    bench = FakeBench(faster_without_flash)
    whole = bench.sample

    def slow_at_first(setup: Setup, work: Work) -> float:
        if not bench.taken:
            bench.now += 2.0
        return whole(setup, work)

    object.__setattr__(bench, "sample", slow_at_first)
    found = verdicts(bench, Task((ONE, OFF, SMALL), seconds=20))
    assert chosen(found) == {"flash_attention": "off"}
    assert bench.now - 100 <= 20


def test_setups_differ_in_one_value() -> None:
    assert START.having(OFF) == replace(START, flash_attention="off")
    assert START.having(ONE) == replace(START, threads=1)
    assert START.value("n_ubatch") == "512"
