"""Wide, combined and joined characters: where the cursor stands and what one key takes."""

import pytest
from textual import events
from textual.geometry import Offset
from textual.keys import _character_to_key

from llamachat.tui.widgets.composer import Composer
from llamachat.tui.widgets.composer_text import cluster_around
from tests.tui.composer_app import ComposerApp, composing, press, screen_text
from tests.tui.dialog_host import until

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAGS = "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"
ACUTE = "e\u0301"
THUMB = "\U0001f44d\U0001f3fd"


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("中文", 4), ("a한b", 4), (ACUTE, 1), (FAMILY, 2), (THUMB, 2), ("\t.", 5)],
)
async def test_the_terminal_cursor_stands_behind_the_text(text: str, cells: int) -> None:
    async with composing() as (app, composer, pilot):
        composer.paste(text)
        await press(pilot)
        assert app.cursor_position - composer.area.content_region.offset == (cells, 0)


@pytest.mark.parametrize("width", range(10, 16))
async def test_wide_characters_wrap_whole_and_the_cursor_follows(width: int) -> None:
    text = "中文字很长没有空格的一行文字"
    async with composing(width=width) as (app, composer, pilot):
        for letter in text:
            await press(pilot, letter)
            place = app.cursor_position - composer.area.content_region.offset
            assert place.x < composer.area.size.width
        rows = [row.strip("│ ") for row in screen_text(app)]
        assert "".join(rows).endswith(text + rows[-1])
        await until(pilot, lambda: row_of_cursor(app, composer) == composer.area.size.height - 1)


def row_of_cursor(app: ComposerApp, composer: Composer) -> int:
    """Told to the terminal behind the layout: later on a busy machine."""
    return (app.cursor_position - composer.area.content_region.offset).y


async def test_the_terminal_cursor_follows_when_the_composer_grows() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, "a", "ctrl+j")
        await pilot.pause()
        assert app.cursor_position == composer.area.content_region.offset + Offset(0, 1)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [((80, 24), (16, 24), (9, 1)), ((16, 24), (80, 24), (19, 0)), ((80, 24), (80, 9), (19, 0))],
)
async def test_the_terminal_cursor_follows_when_the_window_changes(
    before: tuple[int, int], after: tuple[int, int], place: tuple[int, int]
) -> None:
    async with composing(*before) as (app, composer, pilot):
        await press(pilot, *"word word word word")
        await pilot.resize_terminal(*after)
        await pilot.pause()
        assert app.cursor_position == composer.area.content_region.offset + Offset(*place)


@pytest.mark.parametrize("cluster", [FAMILY, ACUTE, THUMB, FLAGS[:2], "❤\ufe0f"])
async def test_one_key_passes_or_takes_a_character_made_of_several(cluster: str) -> None:
    async with composing() as (_, composer, pilot):
        composer.insert(f"a{cluster}b")
        await press(pilot, "left", "left")
        assert composer.area.cursor_location == (0, 1)
        await press(pilot, "right")
        assert composer.area.cursor_location == (0, 1 + len(cluster))
        await press(pilot, "backspace")
        assert composer.draft == "ab"


def test_flags_pair_up() -> None:
    assert [cluster_around(FLAGS, column) for column in range(5)] == [
        None,
        (0, 2),
        None,
        (2, 4),
        None,
    ]


async def test_a_family_can_be_typed_and_deleted_as_one() -> None:
    async with composing() as (app, composer, pilot):
        for character in f"a{FAMILY}":
            app.post_message(events.Key(_character_to_key(character), character))
        await press(pilot)
        assert composer.draft == f"a{FAMILY}"
        place = app.cursor_position - composer.area.content_region.offset
        assert place == (3, 0)
        await press(pilot, "backspace")
        assert composer.draft == "a"
