"""The list of chats, on the real store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.tui.screens import chats
from llamachat.tui.screens.chats import ChatsScreen
from llamachat.tui.screens.preview import ChatPreview
from tests.tui.dialog_host import DialogHost, footer_of, lines_of, text_of, until


@pytest.fixture
def store() -> Iterator[ChatStore]:
    """Three chats, the oldest first: rivers, stones, birds."""
    opened = ChatStore()
    for words in ("Tell me of rivers", "What are [b]stones[/b] \x1b[31mmade of", "Name some birds"):
        chat = opened.create(Dialog(user="Anna", assistant="Bob"), model="/models/bob.gguf")
        line = opened.line(chat.id)
        line.add(Message("user", words))
        line.add(Message("assistant", f"An answer about {words.split()[-1]}.", "stop"))
    yield opened
    opened.close()


async def listed(pilot: Pilot[None], screen: ChatsScreen) -> None:
    """The chats are read in a thread."""
    await until(pilot, lambda: screen.listing.option_count == 3)
    await pilot.pause()


def titles(screen: ChatsScreen) -> list[str]:
    return [line.split("  ")[0] for line in lines_of(screen.listing) if line]


async def test_chats_are_listed_newest_first_with_their_figures(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test(size=(100, 24)) as pilot:
        await listed(pilot, screen)
        first, second, third = (line for line in lines_of(screen.listing) if line)
        assert first.startswith("Name some birds")
        assert "  bob  " in first and "2 messages" in first and "today" in first
        assert second.startswith("What are [b]stones[/b] ␛[31mmade of")
        assert third.startswith("Tell me of rivers")


@pytest.mark.keys("chats.open")
async def test_typing_narrows_the_list_and_enter_opens_the_first(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press(*"RIV")
        assert titles(screen) == ["Tell me of rivers"]
        await pilot.press("enter")
    assert app.results == [store.chats()[2].id]


async def test_a_quick_enter_opens_the_newest(store: ChatStore) -> None:
    app = DialogHost(ChatsScreen(store))
    async with app.run_test() as pilot:
        await pilot.press("enter")
    assert app.results == [store.chats()[0].id]


async def test_the_newest_are_there_at_once_and_the_others_soon(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "AT_ONCE", 2)
    screen = ChatsScreen(store)
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        assert len(titles(screen)) >= 2
        await pilot.press("down", "ctrl+d")
        await until(pilot, lambda: titles(screen) == ["Name some birds", "Tell me of rivers"])
        await pilot.press("enter")
    assert app.results == [store.chats()[1].id]


async def test_a_filter_that_nothing_passes_says_so_and_enter_opens_nothing(
    store: ChatStore,
) -> None:
    screen = ChatsScreen(store)
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press(*"xyz", "enter")
        assert "No chat has that" in text_of(screen.query_one(".dialog-empty"))
        assert app.results == []


async def test_the_arrows_move_while_the_filter_keeps_the_focus(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press("down", "down", "up", "enter")
    assert app.results == [store.chats()[1].id]


@pytest.mark.keys("chats.rename", "rename.save")
async def test_f2_renames_the_row_in_place(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press("down", "f2")
        assert "Rename Cancel" in footer_of(pilot)
        await pilot.press(*"Geology", "enter")
        await pilot.pause()
        assert titles(screen)[1] == "Geology"
        assert store.chats()[1].title == "Geology"
        assert screen.focused is screen.field


@pytest.mark.keys("rename.cancel")
async def test_escape_in_a_rename_keeps_the_title_and_the_list(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press("f2", *"Gone", "escape")
        await pilot.pause()
        assert store.chats()[0].title == "Name some birds"
        assert app.screen is screen
        await pilot.press("escape")
    assert app.results == [None]


@pytest.mark.keys("chats.delete", "chats.undelete")
async def test_a_deleted_chat_is_gone_and_can_be_brought_back(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        await listed(pilot, screen)
        assert "Undo" not in footer_of(pilot)
        await pilot.press("down", "ctrl+d")
        assert titles(screen) == ["Name some birds", "Tell me of rivers"]
        assert len(store.chats()) == 2
        await pilot.pause()
        assert "brings back “What are" in text_of(screen.query_one(".dialog-note"))
        await pilot.press("ctrl+z")
        assert len(store.chats()) == 3
        assert screen.chat == store.chats()[1]


@pytest.mark.keys("chats.new")
async def test_letters_act_on_the_list_when_it_has_the_focus(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press("tab", "delete", "delete")
        assert len(store.chats()) == 1
        await pilot.press("u", "u")
        assert len(store.chats()) == 3
        await pilot.press("r", *"Rivers", "enter")
        await pilot.pause()
        assert "Rivers" in [chat.title for chat in store.chats()]
        await pilot.press("tab", "n")
    assert app.results == ["new"]


async def test_delete_edits_the_filter_before_it_deletes_a_chat(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press(*"birds", "home", "delete")
        assert screen.field.value == "irds"
        assert len(store.chats()) == 3


async def test_a_wide_terminal_shows_the_last_messages(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test(size=(140, 40)) as pilot:
        await listed(pilot, screen)
        preview = screen.query_one(ChatPreview).query_one(Static)
        await until(pilot, lambda: "An answer about birds." in text_of(preview))
        assert lines_of(preview)[:2] == ["Anna", "Name some birds"]
        await pilot.press("down", "down")
        await until(pilot, lambda: "An answer about rivers." in text_of(preview))


async def test_80_columns_show_no_preview(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test(size=(80, 24)):
        assert not screen.query_one(ChatPreview).display


async def test_an_empty_store_says_so() -> None:
    store = ChatStore()
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        empty = screen.query_one(".dialog-empty")
        await until(pilot, lambda: "No chats yet." in text_of(empty))
        await pilot.press("ctrl+d", "f2", "enter")
    store.close()


async def test_what_the_store_refuses_is_said_and_changes_nothing(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        await listed(pilot, screen)
        store.close()
        await pilot.press("ctrl+d")
        await pilot.pause()
        assert "The chats are closed." in text_of(screen.query_one(".dialog-error"))
        assert len(titles(screen)) == 3
        assert "Undo" not in footer_of(pilot)


async def test_the_highlight_stays_in_its_place_when_a_chat_goes(store: ChatStore) -> None:
    screen = ChatsScreen(store)
    async with DialogHost(screen).run_test() as pilot:
        await listed(pilot, screen)
        await pilot.press("down", "down", "ctrl+d")
        assert screen.listing.highlighted == 1


async def test_the_chat_that_is_open_is_marked_whatever_is_done_to_it(store: ChatStore) -> None:
    screen = ChatsScreen(store, store.chats()[1].id)
    async with DialogHost(screen).run_test(size=(100, 24)) as pilot:
        await listed(pilot, screen)
        for keys in ([], ["down", "ctrl+d", "ctrl+z"], ["f2", *"Stones", "enter"]):
            await pilot.press(*keys)
            await pilot.pause()
            marked = ["  open  " in line for line in lines_of(screen.listing) if line]
            assert marked == [False, True, False]
