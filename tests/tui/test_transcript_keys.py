"""With the focus, the transcript's keys select a message and ask for things to be done with it."""

from typing import cast

import pytest
from textual.binding import Binding

from llamachat.tui.rows import Row
from llamachat.tui.widgets.transcript import Transcript
from tests.tui.transcript_app import bob, dialog, shown, user, words

CODE = "One:\n\n```python\nx = 1\n```\n\n- two:\n  ```\n  y\n\n  z\n  ```\n"


@pytest.mark.parametrize(
    ("keys", "selected"),
    [("k", 2), ("up up", 1), ("k k k k k", 0), ("k k j", 2), ("up down down", 3)],
)
async def test_up_and_down_select_messages(keys: str, selected: int) -> None:
    rows = [user(0, "a"), bob(1, "b"), user(2, "c"), bob(3, "d")]
    async with shown(rows) as (_, transcript, pilot):
        await pilot.press("k", "j")
        await pilot.press(*keys.split())
        assert transcript.selected == rows[selected]


async def test_remarks_are_not_selected() -> None:
    async with shown([user(1, "a")]) as (_, transcript, pilot):
        transcript.say("a remark")
        await transcript.append(user(2, "b"))
        await pilot.press("k", "k")
        assert transcript.selected == user(1, "a")


async def test_every_message_is_reached_from_the_end_to_the_beginning_and_back() -> None:
    async with shown(dialog(12)) as (_, transcript, pilot):
        for key, last in (("k", 0), ("j", 11)):
            seen = set()
            for _number in range(60):
                await pilot.press(key)
                assert transcript.selected is not None
                seen.add(transcript.selected.key)
                if transcript.selected.key == last:
                    break
            assert seen >= set(range(1, 11))
            assert f"row {last}" in list(words(transcript))


async def test_a_message_longer_than_the_screen_is_read_before_the_next_is_selected() -> None:
    long = "\n\n".join(f"line {number}" for number in range(40))
    async with shown([user(1, "a"), bob(2, long), user(3, "b")], size=(60, 21)) as (
        _, transcript, pilot,
    ):  # fmt: skip
        await pilot.press("home", "k", "k")
        read = set(words(transcript))
        for _number in range(12):
            await pilot.press("j")
            read |= set(words(transcript))
        assert read >= {f"line {number}" for number in range(40)}
        assert transcript.selected == user(3, "b")


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("y", ("message", "Hello\n**you**")),
        ("e", ("EditRequested", 2)),
        ("r", ("RegenerateRequested", 2)),
        ("f", ("ForkRequested", 2)),
        ("left", (2, -1)),
        ("right", (2, 1)),
        ("[", (2, -1)),
        ("]", (2, 1)),
        ("escape", "left"),
    ],
)
async def test_a_key_asks_for_what_it_says(key: str, asked: object) -> None:
    row = Row(2, "assistant", "Bob", "Hello\n**you**", place=2, places=3)
    async with shown([user(1, "a"), row]) as (app, _, pilot):
        await pilot.press(key)
        assert app.asked == [asked]


async def test_a_question_can_be_answered_once_more() -> None:
    async with shown([user(1, "a"), bob(2, "b")]) as (app, _, pilot):
        await pilot.press("k", "k", "r")
        assert app.asked == [("RegenerateRequested", 1)]


@pytest.mark.parametrize("key", ["left", "right", "o"])
async def test_what_makes_no_sense_for_a_message_is_not_asked(key: str) -> None:
    async with shown([user(1, "a")]) as (app, transcript, pilot):
        await pilot.press(key)
        assert app.asked == []
        assert list(words(transcript)) == ["You", "a"]


async def test_code_blocks_are_copied_one_after_the_other() -> None:
    async with shown([bob(1, CODE), bob(2, "none")]) as (app, _, pilot):
        await pilot.press("c", "k", "c", "c", "c")
        first, second = ("code block 1 of 2", "x = 1"), ("code block 2 of 2", "y\n\nz")
        assert app.asked == [first, second, first]


async def test_the_last_message_in_view_is_selected_where_none_was() -> None:
    async with shown(dialog(50)) as (app, transcript, pilot):
        await pilot.press("home", "y")
        what, text = cast("tuple[str, str]", app.asked[0])
        assert what == "message"
        assert text.split("\n")[0] in list(words(transcript))


async def test_a_message_that_is_gone_is_no_longer_selected() -> None:
    async with shown([user(1, "a"), bob(2, "b")]) as (app, transcript, pilot):
        await pilot.press("k", "j")
        await transcript.truncate(1)
        await pilot.press("e")
        assert app.asked == [("EditRequested", 1)]


def test_every_key_can_be_remapped_and_explains_itself() -> None:
    bindings = [cast("Binding", binding) for binding in Transcript.BINDINGS]
    ids = [binding.id or "" for binding in bindings]
    assert all(name.startswith("transcript.") for name in ids)
    assert len(set(ids)) == len(ids)
    assert all(binding.description and binding.tooltip for binding in bindings)
    assert Transcript._merged_bindings is not None
    assert {b.id for _, b in Transcript._merged_bindings} == set(ids)


async def test_what_was_selected_out_of_sight_or_before_a_new_message_is_not_acted_on() -> None:
    async with shown(dialog(50)) as (_, transcript, pilot):
        await pilot.press("k", "k")
        before = transcript.selected
        await pilot.press("tab", "shift+tab")
        assert before is not None
        assert transcript.selected == before  # still in view
        transcript.go_to(0)
        await pilot.press("tab", "shift+tab")
        assert transcript.selected is not None
        assert transcript.selected.key < 10
        await transcript.append(bob(50, "news"))
        await pilot.press("tab", "shift+tab")
        assert transcript.selected == bob(50, "news")
