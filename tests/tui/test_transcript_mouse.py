"""The mouse selects messages, marks text that is copied as it was written, and follows links."""

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from llamachat.tui.widgets.transcript import Transcript
from tests.tui.transcript_app import bob, dialog, painted, shown, user, words


async def drag(
    pilot: Pilot[None], widget: Transcript, start: tuple[int, int], end: tuple[int, int]
) -> None:
    await pilot.mouse_down(widget, offset=start)
    await pilot.hover(widget, offset=end)
    await pilot.mouse_up(widget, offset=end)
    await pilot.pause()


async def test_a_click_selects_a_message_and_gives_the_keys_to_the_transcript() -> None:
    async with shown([user(1, "a"), bob(2, "b")]) as (app, transcript, pilot):
        app.query_one(Input).focus()
        await pilot.click(transcript, offset=(4, 1))
        assert transcript.has_focus
        assert transcript.selected == user(1, "a")


async def test_the_arrows_beside_a_name_ask_for_another_version() -> None:
    rows = [user(1, "a", place=2, places=3), user(2, "b")]
    async with shown(rows) as (app, transcript, pilot):
        column = painted(transcript)[0].index("‹")
        await pilot.click(transcript, offset=(column, 0))
        await pilot.click(transcript, offset=(column + 6, 0))
        assert app.asked == [(1, -1), (1, 1)]


async def test_a_link_is_followed_by_a_click_only_and_shows_where_it_leads() -> None:
    text = "See [the docs](https://example.org/a('b')) and ![a cat](http://x.y/cat.png)"
    async with shown([bob(1, text)], size=(100, 10)) as (app, transcript, pilot):
        line = painted(transcript)[1]
        assert "the docs (https://example.org/a('b'))" in line
        assert "[image: a cat]" in line
        assert app.asked == []
        await pilot.click(transcript, offset=(line.index("docs"), 1))
        await pilot.click(transcript, offset=(line.index("cat]"), 1))
        assert app.asked == ["https://example.org/a('b')", "http://x.y/cat.png"]


@pytest.mark.parametrize("target", ["javascript:alert(1)", "file:///etc/passwd", "vbscript:x"])
async def test_a_dangerous_link_is_text(target: str) -> None:
    async with shown([bob(1, f"[x]({target})")]) as (app, transcript, pilot):
        assert f"[x]({target})" in painted(transcript)[1]
        await pilot.click(transcript, offset=(3, 1))
        assert app.asked == []


async def test_marked_text_is_copied_without_the_breaks_of_the_screen() -> None:
    text = "alpha " * 15 + "omega\n\n- item\n\n```py\nif x:\n    y = " + "1 + " * 20 + "2\n```"
    async with shown([bob(1, text)], size=(50, 20)) as (app, transcript, pilot):
        await drag(pilot, transcript, (2, 1), (49, 12))
        assert app.screen.get_selected_text() == (
            "alpha " * 15 + "omega\n\n• item\n\npy\nif x:\n    y = " + "1 + " * 20 + "2"
        )


async def test_a_part_of_a_line_is_marked_and_copied() -> None:
    async with shown([user(1, "one 你好 three")]) as (app, transcript, pilot):
        await drag(pilot, transcript, (6, 1), (8, 1))
        assert app.screen.get_selected_text() == "你好"
        segments = list(transcript.render_line(1))
        colours = [segment.style and segment.style.bgcolor for segment in segments]
        marked = [
            s.text for s, colour in zip(segments, colours, strict=True) if colour != colours[0]
        ]
        assert "".join(marked) == "你好"


async def test_a_selection_stays_at_its_words_while_guessed_heights_turn_out_wrong() -> None:
    rows = [bob(key, "a\n\n" * (key * 5 % 13) + f"end of {key}") for key in range(80)]
    async with shown(rows) as (app, transcript, pilot):
        row = next(y for y, line in enumerate(painted(transcript)) if "end of 79" in line)
        await drag(pilot, transcript, (2, row), (10, row))
        for _number in range(12):
            await pilot.press("pageup")
        assert app.screen.get_selected_text() == "end of 79"


async def test_a_double_click_marks_the_message() -> None:
    async with shown([user(1, "a"), bob(2, "some **words**\n\nmore"), user(3, "c")]) as (
        app, transcript, pilot,
    ):  # fmt: skip
        await pilot.click(transcript, offset=(4, 4), times=2)
        assert app.screen.get_selected_text() == "Bob\nsome words\n\nmore"


async def test_all_of_a_long_chat_can_be_marked() -> None:
    async with shown(dialog(500)) as (app, transcript, _pilot):
        app.screen.text_select_all()
        text = app.screen.get_selected_text() or ""
        assert [line for line in text.split("\n") if line.startswith("row ")] == [
            f"row {key}" for key in range(500)
        ]
        assert "row 499" in list(words(transcript))
