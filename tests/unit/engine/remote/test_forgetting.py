"""Which turns still fit."""

from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.prompt import Prompt, content, scaffold
from llamachat.engine.remote.counting import size
from llamachat.engine.remote.forgetting import Forgetting
from llamachat.errors import UsageError


def dialog(*lengths: int) -> Prompt:
    turns = [content("x" * n, number) for number, n in enumerate(lengths, 1)]
    return (scaffold("preamble "), *turns)


def test_a_short_prompt_is_not_even_counted() -> None:
    fitted = Forgetting().fit(dialog(10), lambda prompt: 1 // 0, 1000, drop=True)
    assert fitted.prompt == dialog(10)


def test_the_oldest_turns_go_once_and_stay_away() -> None:
    forgetting = Forgetting()
    first = forgetting.fit(dialog(40, 40, 40), size, 100, drop=True)
    assert first.trimmed is not None
    assert first.trimmed.turns == (1, 2)
    assert {part.turn for part in first.prompt} == {0, 3}
    second = forgetting.fit(dialog(40, 40, 40, 20), size, 100, drop=True)
    assert second.trimmed is None
    assert {part.turn for part in second.prompt} == {0, 3, 4}


def test_another_dialog_begins_with_all_of_its_turns() -> None:
    forgetting = Forgetting()
    forgetting.fit(dialog(40, 40, 40), size, 100, drop=True)
    other = forgetting.fit(dialog(41, 40, 40), size, 100, drop=True)
    assert other.trimmed is not None
    assert other.trimmed.turns[0] == 1


def test_where_nothing_may_go_it_is_refused_with_figures() -> None:
    for prompt, drop in ((dialog(60, 60), False), (dialog(120), True)):
        try:
            Forgetting().fit(prompt, size, 100, drop=drop)
        except UsageError as refusal:
            assert "100" in refusal.message and str(size(prompt)) in refusal.message
        else:
            raise AssertionError


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(80, 300))
def test_what_is_left_fits_and_has_preamble_and_last_turn(lengths: list[int], n_ctx: int) -> None:
    prompt = dialog(*lengths)
    fitted = Forgetting().fit(prompt, size, n_ctx, drop=True)
    assert size(fitted.prompt) <= n_ctx - 8
    assert fitted.prompt[0] == prompt[0]
    assert fitted.prompt[-1] == prompt[-1]
