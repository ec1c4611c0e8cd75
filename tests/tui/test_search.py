"""Search in all chats, on the real store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import Hit
from llamachat.tui.screens.search import SearchScreen
from tests.tui.dialog_host import DialogHost, lines_of, text_of, until


@pytest.fixture
def store() -> Iterator[ChatStore]:
    opened = ChatStore()
    for animal in ("heron", "otter"):
        chat = opened.create(Dialog(user="Anna", assistant="Bob"))
        line = opened.line(chat.id)
        line.add(Message("user", f"Where does the {animal} live?"))
        line.add(Message("assistant", f"The {animal} \x1b[1mlives by\rthe river [b].", "stop"))
    yield opened
    opened.close()


async def test_hits_show_chat_speaker_and_words(store: ChatStore) -> None:
    screen = SearchScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        await pilot.press(*"heron riv")
        await until(pilot, lambda: screen.listing.option_count == 1)
        await pilot.pause()
        first, second, *_ = lines_of(screen.listing)
        assert first.startswith("Where does the heron live?")
        assert "Bob  " in first
        assert second.startswith("The heron") and second.endswith("[1mlives by the river [b].")
        assert "\x1b" not in second


async def test_matches_are_marked_whatever_stands_before_them(store: ChatStore) -> None:
    screen = SearchScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        await pilot.press(*"otter river")
        await until(pilot, lambda: screen.listing.option_count == 1)
        await pilot.pause()
        marked = screen.get_component_styles("dialog--match").color.rich_color
        strip = screen.listing.render_line(1)
        words = [s.text for s in strip if s.style and s.style.color == marked]
        assert words == ["otter", "river"]


@pytest.mark.keys("search.open")
async def test_enter_dismisses_with_the_highlighted_hit(store: ChatStore) -> None:
    screen = SearchScreen(store, "river")
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await until(pilot, lambda: screen.listing.option_count == 2)
        await pilot.press("down", "enter")
    (hit,) = app.results
    assert isinstance(hit, Hit)
    assert hit.chat.title == "Where does the heron live?"
    assert hit.role == "assistant"


async def test_nothing_found_and_nothing_asked_read_differently(store: ChatStore) -> None:
    screen = SearchScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        empty = screen.query_one(".dialog-empty")
        await pilot.pause()
        assert "Every word must occur" in text_of(empty)
        await pilot.press(*'"zebra* OR (')
        await until(pilot, lambda: "Nothing found." in text_of(empty))
        for _ in range(12):
            await pilot.press("backspace")
        await until(pilot, lambda: "Every word must occur" in text_of(empty))


async def test_enter_before_an_answer_opens_nothing(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llamachat.tui.screens.search.REST", 60.0)
    app = DialogHost(SearchScreen(store))
    async with app.run_test() as pilot:
        await pilot.press("r", "enter")
        assert app.results == []
        await pilot.press("escape")
    assert app.results == [None]


async def test_a_quick_enter_looks_at_once_and_opens_no_hit_of_other_words(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llamachat.tui.screens.search.REST", 60.0)
    screen = SearchScreen(store, "heron river")
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: screen.listing.option_count == 1)
        screen.field.value = "otter river"
        await pilot.press("enter")
        await until(pilot, lambda: "otter" in lines_of(screen.listing)[0])
        assert app.results == []
        await pilot.press("enter")
    (hit,) = app.results
    assert isinstance(hit, Hit)
    assert "otter" in hit.chat.title
