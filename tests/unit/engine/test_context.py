"""Which turns stay in a full context, and what that costs."""

from itertools import groupby
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.context import (
    SPARE_TOKENS,
    Fit,
    Tokens,
    common_prefix,
    fit_prompt,
    half_of_the_rest,
    oldest_turns,
)
from llamachat.errors import UsageError

N_CTX = 64
LIMIT = N_CTX - SPARE_TOKENS


def dialog(preamble: int, sizes: list[int], *, first: int = 1) -> Tokens:
    """A prompt in which every token is different, with one turn of each size."""
    turns = [0] * preamble
    for number, size in enumerate(sizes, start=first):
        turns += [number] * size
    return Tokens([100 * turn + i for i, turn in enumerate(turns)], turns)


def tokens_of(prompt: Tokens, turn: int) -> int:
    return prompt.turns.count(turn)


@st.composite
def prompts(draw: st.DrawFn) -> Tokens:
    return dialog(
        draw(st.integers(0, 12)), draw(st.lists(st.integers(1, 20), min_size=1, max_size=12))
    )


@st.composite
def logs(draw: st.DrawFn, prompt: Tokens) -> Tokens:
    """What a cache may hold: part of the prompt, the same without its oldest turns, or not."""
    head, last = prompt.preamble(), prompt.turns[-1]
    log = prompt.slice(0, head)
    log.extend(prompt.slice(prompt.start_of(draw(st.integers(0, last)))))
    log.truncate(draw(st.integers(0, len(log))))
    if draw(st.booleans()):
        log.extend(dialog(0, [draw(st.integers(1, 9))], first=last))
    return log


@given(st.data(), prompts(), st.booleans())
def test_kept_prompt_is_the_preamble_and_the_newest_whole_turns(
    data: st.DataObject, prompt: Tokens, drop: bool
) -> None:
    fit = fit_or_refusal(prompt, data.draw(logs(prompt)), drop=drop)
    if fit is None:
        return
    head = prompt.preamble()
    assert fit.prompt.slice(0, head) == prompt.slice(0, head)
    kept = fit.prompt.slice(head)
    assert kept == prompt.slice(len(prompt) - len(kept))
    assert not kept.ids or tokens_of(kept, kept.turns[0]) == tokens_of(prompt, kept.turns[0])
    assert prompt.turns[-1] in fit.prompt.turns
    assert len(fit.prompt) <= LIMIT


def fit_or_refusal(prompt: Tokens, log: Tokens, *, drop: bool) -> Fit | None:
    """The fit; None where the prompt was refused, and rightly so."""
    try:
        return fit_prompt(prompt, log, n_ctx=N_CTX, drop=drop)
    except UsageError as refusal:
        assert str(N_CTX) in refusal.message
        assert len(prompt) > LIMIT
        least = prompt.preamble() + tokens_of(prompt, prompt.turns[-1])
        assert not drop or least > LIMIT
        return None


@given(st.data(), prompts())
def test_announced_turns_are_whole_and_their_tokens_counted(
    data: st.DataObject, prompt: Tokens
) -> None:
    log = data.draw(logs(prompt))
    fit = fit_or_refusal(prompt, log, drop=True)
    if fit is None:
        return
    if fit.dropped:
        assert list(fit.dropped) == list(range(fit.dropped[0], fit.dropped[-1] + 1))
        assert fit.prompt.turns[prompt.preamble()] == fit.dropped[-1] + 1
    assert fit.dropped_tokens == sum(tokens_of(prompt, turn) for turn in fit.dropped)


@given(st.data(), prompts())
def test_nothing_is_dropped_unless_allowed(data: st.DataObject, prompt: Tokens) -> None:
    fit = fit_or_refusal(prompt, data.draw(logs(prompt)), drop=False)
    assert fit is None or not fit.dropped
    assert fit is None or fit.shift is None


@given(
    st.integers(0, 8),
    st.lists(st.integers(5, 9), min_size=12, max_size=14),
    st.integers(20, LIMIT),
    st.booleans(),
)
def test_a_shift_puts_the_rest_of_the_cache_where_the_prompt_wants_it(
    preamble: int, sizes: list[int], held: int, strange: bool
) -> None:
    """Whatever the cache holds of the turns that stay is used, and nothing behind it."""
    prompt = dialog(preamble, sizes)
    log = prompt.slice(0, held)
    if strange:
        log.ids[-3:] = [-1, -2, -3]
    fit = fit_prompt(prompt, log, n_ctx=N_CTX, drop=True)
    first = fit.prompt.turns[preamble]
    expected = preamble + max(held - 3 * strange - prompt.start_of(first), 0)
    if fit.shift is not None:
        assert fit.shift[0] == preamble < fit.shift[1]
        log.remove(*fit.shift)
    assert common_prefix(log.ids, fit.prompt.ids) == min(expected, len(fit.prompt))


@given(
    st.integers(0, 10),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 8)), min_size=1, max_size=40),
)
def test_a_growing_dialog_never_evaluates_a_token_twice(
    preamble: int, exchanges: list[tuple[int, int]]
) -> None:
    """Each turn costs its own tokens; turns once dropped stay dropped."""
    history, log = dialog(preamble, []), Tokens()
    first = 0
    for turn, (asked, answered) in enumerate(exchanges, start=1):
        history.extend(dialog(0, [asked], first=turn))
        fit = fit_prompt(history, log, n_ctx=N_CTX, drop=True)
        if fit.shift is not None:
            log.remove(*fit.shift)
        cached = common_prefix(log.ids, fit.prompt.ids)
        assert cached == len(log)
        assert len(fit.prompt) - cached == asked + (preamble if turn == 1 else 0)
        now = fit.prompt.turns[preamble]
        assert now >= first
        assert fit.dropped == (tuple(range(max(first, 1), now)) if now > first else ())
        first = now
        answer = dialog(0, [min(answered, N_CTX - 1 - len(fit.prompt))], first=turn)
        answer.ids = [-token - 1 for token in answer.ids]
        history.extend(answer)
        log = Tokens([*fit.prompt.ids, *answer.ids], [*fit.prompt.turns, *answer.turns])


def test_a_shift_frees_an_eighth_so_that_it_is_rare() -> None:
    prompt = dialog(4, [4] * 15)
    fit = fit_prompt(prompt, prompt.slice(0, 60), n_ctx=N_CTX, drop=True)
    assert fit.dropped == (1, 2, 3)
    assert len(fit.prompt) <= LIMIT - N_CTX // 8


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(UsageError, match="empty"):
        fit_prompt(Tokens(), Tokens(), n_ctx=N_CTX, drop=True)


@pytest.mark.parametrize("needed", [1019, 1020, 1021, 1024, 2044, 5000])
def test_the_context_a_refusal_advises_is_large_enough(needed: int) -> None:
    with pytest.raises(UsageError) as refused:
        fit_prompt(dialog(needed, []), Tokens(), n_ctx=512, drop=False)
    advised = int(refused.value.hint.rsplit(" ", 1)[1].rstrip("."))
    fit_prompt(dialog(needed, []), Tokens(), n_ctx=advised, drop=False)


@given(st.integers(0, 12), st.lists(st.integers(1, 20), max_size=12))
def test_a_full_context_gives_whole_oldest_turns_and_keeps_the_last(
    preamble: int, sizes: list[int]
) -> None:
    log = dialog(preamble, sizes)
    found = oldest_turns(log, n_ctx=N_CTX)
    if len(sizes) < 2:
        assert found is None
        return
    assert found is not None
    turns, start, end = found
    assert start == preamble
    assert end - start == sum(sizes[: len(turns)])
    assert turns == tuple(range(1, len(turns) + 1))
    assert len(turns) < len(sizes)
    assert end - start >= N_CTX // 8 or len(turns) == len(sizes) - 1
    assert len(turns) == 1 or sum(sizes[: len(turns) - 1]) < N_CTX // 8


@pytest.mark.parametrize(
    ("held", "n_keep", "removed"),
    [
        (511, 1, (1, 256)),
        (255, 0, (0, 127)),
        (255, 1, (1, 128)),
        (255, 34, (34, 144)),
        (255, 253, (253, 254)),
    ],
    ids=str,
)
def test_half_of_the_rest_goes_as_in_llama_completion(
    held: int, n_keep: int, removed: tuple[int, int]
) -> None:
    """n_left = n_past − n_keep, n_discard = n_left / 2, from n_keep on (completion.cpp)."""
    assert half_of_the_rest(dialog(held, []), n_keep=n_keep) == removed


@pytest.mark.parametrize("n_keep", [254, 255, 256])
def test_nothing_to_halve_is_no_shift(n_keep: int) -> None:
    assert half_of_the_rest(dialog(255, []), n_keep=n_keep) is None


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_common_prefix_is_common_and_longest(first: list[int], second: list[int]) -> None:
    length = common_prefix(first, second)
    assert first[:length] == second[:length]
    assert first[length : length + 1] != second[length : length + 1] or (
        length == len(first) == len(second)
    )


@given(prompts(), st.integers(0, 15))
def test_start_of_a_turn_is_where_it_or_a_later_one_begins(prompt: Tokens, turn: int) -> None:
    start = prompt.start_of(turn)
    assert all(t < turn for t in prompt.turns[:start])
    assert all(t >= turn for t in prompt.turns[start:])
    assert [t for t, _ in groupby(prompt.turns)] == sorted(set(prompt.turns))


def test_a_dialog_of_thousands_of_turns_is_fitted_at_once() -> None:
    prompt = dialog(50, [40] * 5_000)
    begun = process_time()
    fit = fit_prompt(prompt, Tokens(), n_ctx=2_048, drop=True)
    assert process_time() - begun < 1  # a search turn by turn, token by token took 10 s
    assert len(fit.dropped) > 4_900
