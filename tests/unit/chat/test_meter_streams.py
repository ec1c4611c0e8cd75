"""The meter on whole streams: what it says of the context is what the engine's cache holds."""

import itertools
import re
from collections.abc import Sequence

import pytest

from llamachat.chat.chat import Chat
from llamachat.chat.meter import Meter
from llamachat.chat.next_to_go import turns_of
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.engine.base import Done, Trimmed
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import content, scaffold
from llamachat.engine.scripted import ScriptedEngine


def test_the_figures_of_an_answer_agree_with_its_last_event() -> None:
    meter, at = Meter(), 0.0
    prompt = (scaffold("User: "), content("count"), scaffold(" Bob:"))
    with ScriptedEngine(["one two three four five"], n_ctx=1000) as engine:
        meter.loaded(engine.info)
        meter.begin(at)
        for event in engine.generate(prompt, GenerateParams(stop=("User:",))):
            at += 0.1
            meter.feed(event, at)
    figures = meter.figures(at)
    assert isinstance(event, Done)
    assert figures.generated == event.usage.generated > 1
    assert figures.context_used == event.usage.prompt + event.usage.generated


@pytest.mark.parametrize("words", [20, 60, 150])
def test_a_long_dialog_in_a_small_context_is_followed_through_every_drop(words: int) -> None:
    clock = itertools.count()
    dialog = load_prompt_template("bob").fill()
    meter = Meter(lambda: turns_of(dialog, chat.history.messages))
    trims = warnings = 0
    announced = ""
    with ScriptedEngine([" ".join(["word"] * words)], n_ctx=600) as engine:
        meter.loaded(engine.info)
        chat = Chat(engine, dialog)
        for number in range(25):
            meter.begin(next(clock))
            gone = 0
            for event in chat.reply(f"question {number + 1}"):
                meter.feed(event, next(clock))
                if isinstance(event, Trimmed):
                    trims, gone = trims + 1, max((gone, *event.turns))
                    assert_announced(announced, event.turns)
                    expected = f"“question {gone + 1}”"
                figures = meter.figures(next(clock))
                announced = figures.warning
                assert figures.context_used <= 600
                if trims and figures.warning:
                    warnings += 1
                    assert expected in figures.warning
            held = engine.count(chat.prompt()) if not trims else None
            assert held is None or abs(held - figures.context_used) <= 8
    assert trims > 1
    assert warnings


def assert_announced(warning: str, dropped: Sequence[int]) -> None:
    """What left was named before: the first turn of it exactly, the last one nearly."""
    found = re.search(r"turns? (\d+)(?: to about (\d+))?", warning)
    if found is not None:  # a long answer leaps over the last 15 %
        first, last = found.groups(default=found[1])
        assert int(first) == dropped[0]
        assert abs(int(last) - dropped[-1]) <= 1
