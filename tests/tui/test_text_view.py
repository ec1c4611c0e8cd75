"""Reading a text, and answering a question."""

from __future__ import annotations

import pytest
from textual.containers import VerticalScroll
from textual.widgets import Static

from llamachat.tui.screens.confirm import ConfirmScreen
from llamachat.tui.screens.text_view import MAX_SHOWN, Parts, TextScreen
from tests.tui.dialog_host import DialogHost, footer_of, text_of, until

PROMPT: Parts = [("User: ", "scaffold"), ("[b]Hi[/b] \x1b[31m", "content"), ("\nBob:", "scaffold")]


def static_of(screen: TextScreen) -> Static:
    return screen.query_one(VerticalScroll).query_one(Static)


async def test_text_is_shown_as_it_is_and_control_characters_as_pictures() -> None:
    screen = TextScreen("The [i]prompt", PROMPT)
    async with DialogHost(screen).run_test():
        assert text_of(static_of(screen)).startswith("User: [b]Hi[/b] ␛[31m\nBob:")
        assert "The [i]prompt" in text_of(screen.query_one(".dialog-heading"))


async def test_structure_and_words_differ_in_style() -> None:
    screen = TextScreen("Prompt", PROMPT)
    async with DialogHost(screen).run_test():
        names, words = list(static_of(screen).render_line(0))[:2]
        assert names.text == "User: " and names.style and words.style
        assert names.style.color != words.style.color
        assert "structure" in text_of(screen.query_one(".dialog-note"))


@pytest.mark.keys("text.copy")
async def test_y_copies_the_text_unchanged() -> None:
    screen = TextScreen("Prompt", PROMPT)
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await pilot.press("y")
        await until(pilot, lambda: bool(app.clipboard))
        assert app.clipboard == "User: [b]Hi[/b] \x1b[31m\nBob:"


async def test_copying_is_not_offered_where_it_is_not_wanted() -> None:
    app = DialogHost(TextScreen("Log", "words", copy=False))
    async with app.run_test() as pilot:
        await pilot.press("y")
        assert "Copy" not in footer_of(pilot)
        assert app.clipboard == ""


async def test_a_log_opens_at_its_end_and_scrolls() -> None:
    screen = TextScreen("Log", "\n".join(f"line {n}" for n in range(200)), at_end=True)
    async with DialogHost(screen).run_test() as pilot:
        scroll = screen.query_one(VerticalScroll)
        await until(pilot, lambda: scroll.scroll_y == scroll.max_scroll_y > 0)
        await pilot.press("home")
        assert scroll.scroll_y == 0
        await pilot.press("pagedown")
        await until(pilot, lambda: scroll.scroll_y > 0)


async def test_a_huge_text_shows_its_end_and_says_what_is_missing() -> None:
    screen = TextScreen("Log", "x" * 1000 + "\n" + f"{'last ' * 19}line\n" * (MAX_SHOWN // 100))
    async with DialogHost(screen).run_test():
        assert text_of(static_of(screen)).startswith("1,001 characters above are not shown")
        assert len(screen.text) == MAX_SHOWN + 1001


@pytest.mark.keys("confirm.yes", "confirm.no")
async def test_a_question_is_answered_by_key_by_row_or_by_escape() -> None:
    for keys, answer in (
        (["y"], True),
        (["n"], False),
        (["escape"], False),
        (["enter"], False),
        (["down", "enter"], True),
    ):
        app = DialogHost(ConfirmScreen("Delete it?", "Delete", "Keep"))
        async with app.run_test() as pilot:
            await pilot.press(*keys)
        assert app.results == [answer], keys


async def test_the_form_for_a_small_terminal_is_known_before_the_first_layout() -> None:
    class Noting(TextScreen):
        def on_mount(self) -> None:
            self.known = set(self.classes)

    screen = Noting("A title", "text")
    async with DialogHost(screen).run_test(size=(80, 20)):
        assert {"-narrow", "-short"} <= screen.known
