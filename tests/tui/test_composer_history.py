"""What was sent before: walked with Up and Down, searched with Ctrl+R, kept across runs."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from llamachat.chat.input_history import append_history, history_path, read_history
from llamachat.tui.widgets.composer_history import InputHistory
from tests.tui.composer_app import composing, press, screen_text

ENTRIES = ("first question", "second\nof two lines", "/help", "third question")


@pytest.fixture(autouse=True)
def past(home: Path) -> Sequence[str]:
    for entry in ENTRIES:
        append_history(history_path(), entry)
    return ENTRIES


async def test_up_and_down_walk_and_give_the_unfinished_draft_back() -> None:
    async with composing() as (_, composer, pilot):
        await press(pilot, *"unfinished")
        seen = []
        for key in ("up", "up", "up", "up", "up", "down", "down", "down", "down", "down"):
            await press(pilot, key)
            seen.append(composer.draft)
        there = list(reversed(ENTRIES))
        assert seen == [*there, there[-1], *ENTRIES[1:], "unfinished", "unfinished"]


async def test_up_moves_in_the_draft_before_it_walks() -> None:
    async with composing() as (_, composer, pilot):
        await press(pilot, "a", "ctrl+j", "b", "up")
        assert (composer.draft, composer.area.cursor_location) == ("a\nb", (0, 1))
        await press(pilot, "up")
        assert composer.draft == "third question"


async def test_up_moves_by_rows_of_a_wrapped_line() -> None:
    async with composing(width=20) as (_, composer, pilot):
        await press(pilot, *"word word word word word", "up")
        assert composer.draft == "word word word word word"
        assert composer.area.cursor_location[1] < 16


async def test_what_was_edited_on_the_way_stays_until_something_is_sent() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, "up", "!", "up", "down")
        assert composer.draft == "third question!"
        await press(pilot, "enter", "up", "up")
        assert [event.text for event in app.sent] == ["third question!"]
        assert composer.draft == "third question"


async def test_a_recalled_command_opens_no_list_and_is_a_command() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, "up", "up")
        assert (composer.draft, composer.list.open) == ("/help", False)
        await press(pilot, "enter")
        assert app.sent[0].command


async def test_what_was_sent_is_kept_for_the_next_run() -> None:
    async with composing() as (_, composer, pilot):
        await press(pilot, *"fourth", "enter", *"fourth", "enter")
        assert read_history(history_path()) == [*ENTRIES, "fourth"]
        assert composer.history[-1] == "fourth"


async def test_undo_takes_back_a_recall() -> None:
    async with composing() as (_, composer, pilot):
        await press(pilot, *"draft", "up", "ctrl+z")
        assert composer.draft == "draft"


async def test_search_shows_the_newest_match_and_older_ones() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"mine", "ctrl+r", *"QUEST")
        await pilot.pause()
        assert any("search QUEST  third question" in row for row in screen_text(app))
        await press(pilot, "ctrl+r")
        await pilot.pause()
        assert any("search QUEST  first question" in row for row in screen_text(app))
        assert composer.draft == "mine"
        await press(pilot, "enter")
        assert (composer.draft, app.sent) == ("first question", [])


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_leaving_the_search_leaves_the_draft(key: str) -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"mine", "ctrl+r", *"quest", "backspace", "ctrl+w", key)
        assert (composer.draft, app.noted) == ("mine", [])
        assert not composer.search.display
        await press(pilot, "!")
        assert composer.draft == "mine!"


async def test_a_search_in_vain_says_so_and_takes_nothing() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"mine", "ctrl+r", *"zebra")
        await pilot.pause()
        assert any("nothing found" in row for row in screen_text(app))
        await press(pilot, "enter")
        assert composer.draft == "mine"


async def test_the_match_is_one_line_around_its_hit() -> None:
    append_history(history_path(), "x" * 500 + "\nneedle [b]\x1b[31m" + "y" * 500)
    async with composing() as (app, _, pilot):
        await press(pilot, "ctrl+r", *"needle")
        await pilot.pause()
        assert any("␊needle [b]␛[31myy" in row for row in screen_text(app))


async def test_the_terminal_cursor_stands_behind_the_searched_words() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, "ctrl+r", *"中")
        await pilot.pause()
        place = app.cursor_position - composer.search.content_region.offset
        assert place == (len("search ") + 2, 0)
        await press(pilot, "escape")
        await pilot.pause()
        assert app.cursor_position == composer.area.cursor_screen_offset


def test_a_history_that_cannot_be_written_is_kept_for_the_run(home: Path) -> None:
    (home / "blocked").write_text("")
    history = InputHistory(home / "blocked" / "history.jsonl")
    with pytest.raises(OSError, match="blocked"):
        history.append("words")
    assert list(history) == ["words"]
