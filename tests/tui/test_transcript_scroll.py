"""The end stays in view until one scrolls up; then the place stays, whatever comes or changes."""

from collections.abc import Callable

import pytest
from textual import events

from llamachat.tui.rows import Row
from llamachat.tui.widgets.message_card import MessageCard
from llamachat.tui.widgets.transcript import Transcript
from llamachat.tui.widgets.transcript_column import KEPT
from tests.tui.transcript_app import ANSWER, bob, dialog, painted, shown, user, words

MARK = "↓ more below"


async def test_the_end_stays_in_view_while_an_answer_grows() -> None:
    async with shown(dialog(20)) as (_, transcript, _pilot):
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        for number in range(60):
            await transcript.write(f"\n\nparagraph {number}")
            assert painted(transcript)[-2].strip() == f"paragraph {number}"
        assert transcript.following
        assert MARK not in "".join(painted(transcript))


async def test_the_place_stays_while_an_answer_grows_below_it() -> None:
    async with shown(dialog(20)) as (_, transcript, pilot):
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        await transcript.write(ANSWER * 4)
        await pilot.press("pageup")
        before = painted(transcript)
        assert not transcript.following
        assert MARK in before[-1]
        for _number in range(20):
            await transcript.write(ANSWER)
        assert painted(transcript) == before
        await transcript.finish_answer(bob(99, ANSWER * 24))
        assert painted(transcript) == before


@pytest.mark.parametrize("way", ["end", "click", "wheel", "pagedown", "send"])
async def test_coming_to_the_end_follows_again(way: str) -> None:
    async with shown(dialog(20)) as (_, transcript, pilot):
        await pilot.press("pageup", "pageup")
        assert not transcript.following
        match way:
            case "click":
                await pilot.click(transcript, offset=(54, 23))
            case "wheel":
                for _number in range(60):
                    transcript.post_message(events.MouseScrollDown(
                        transcript, 5, 5, 0, 0, 0, False, False, False
                    ))  # fmt: skip
                await pilot.pause()
            case "send":
                await transcript.append(user(99, "new"))
            case _:
                await pilot.press(way, way)
        assert MARK not in "".join(painted(transcript))
        transcript.say("the latest")
        assert list(words(transcript))[-1] == "the latest"


async def test_the_wheel_leaves_the_end() -> None:
    async with shown(dialog(20)) as (_, transcript, pilot):
        end = transcript.scroll_y
        transcript.post_message(events.MouseScrollUp(
            transcript, 5, 5, 0, 0, 0, False, False, False
        ))  # fmt: skip
        await pilot.pause()
        assert transcript.scroll_y < end
        assert not transcript.following


async def test_a_resize_keeps_the_place() -> None:
    rows = [user(key, f"row {key}\n" + "words " * 60) for key in range(200)]
    async with shown(rows, size=(100, 25)) as (_, transcript, pilot):
        transcript.show_row(77)
        assert list(words(transcript))[1] == "row 77"
        for width in (40, 137, 61, 100):
            await pilot.resize_terminal(width, 25)
            await pilot.pause()
            assert list(words(transcript))[:2] == ["You", "row 77"]
        assert not transcript.following


async def test_a_resize_at_the_end_stays_at_the_end() -> None:
    async with shown(dialog(30)) as (_, transcript, pilot):
        for size in ((40, 12), (120, 50), (60, 25)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert transcript.following
            assert round(transcript.scroll_y) == transcript.max_scroll_y


async def test_ten_thousand_rows_are_shown_at_once_and_only_those_in_view_are_made() -> None:
    rows = [bob(key, f"row {key}\n\n{ANSWER}") for key in range(10_000)]
    async with shown(size=(100, 40)) as (app, transcript, pilot):
        widgets = len(app.query("*"))
        await transcript.show_rows(rows)  # 0.09 s
        for key in range(0, 10_000, 271):
            transcript.show_row(key)
            assert list(words(transcript))[:2] == ["Bob", f"row {key}"]
        await pilot.press("home")
        assert list(words(transcript))[:2] == ["Bob", "row 0"]
        await pilot.press("end")
        assert transcript.following
        made = [card for card in transcript.column.cards if card.made]
        assert len(made) <= KEPT
        assert len(app.query("*")) == widgets


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
async def test_page_by_page_one_reads_each_line(key: str) -> None:
    """Guessed heights are wrong by far here; no page may show it."""
    rows = [
        bob(key, "".join(f"{key}.{line}\n\n" for line in range(1 + key * 5 % 13)))
        for key in range(40)
    ]
    async with shown(rows, size=(60, 21)) as (_, transcript, pilot):
        expected = every_line(transcript)
        if key == "pagedown":
            await pilot.press("home")
        up, read = key == "pageup", page(transcript)
        while transcript.scroll_y > 0 if up else not transcript.following:
            await pilot.press(key)
            new = page(transcript)
            rest = min(len(expected) - len(read), 19)
            read = new[:rest] + read if up else read + new[-rest:]
        assert read == expected


def page(transcript: Transcript) -> list[str]:
    return [line[2:].removesuffix(MARK).rstrip() for line in painted(transcript)]


def every_line(transcript: Transcript) -> list[str]:
    fresh = [MessageCard(row) for row in transcript.rows]
    return [line.content.plain for card in fresh for line in card.lines(transcript.column.width)]


@pytest.mark.parametrize("who", [bob, user])
async def test_words_that_are_looked_for_are_on_the_screen(who: Callable[[int, str], Row]) -> None:
    """Also where a long question is folded."""
    long = "\n\n".join(f"line {number}" for number in range(100))
    async with shown([*dialog(9), who(20, long), *dialog(9)]) as (_, transcript, pilot):
        transcript.show_row(20, "LINE 70")
        await pilot.pause()
        assert "line 70" in list(words(transcript))[:3]
        transcript.show_row(20, "line 1")
        await pilot.pause()
        assert list(words(transcript))[1:3] == ["line 0", "line 1"]
        transcript.show_row(20, "not there")
        await pilot.pause()
        assert list(words(transcript))[1] == "line 0"
        assert transcript.selected is not None
        assert transcript.selected.key == 20
