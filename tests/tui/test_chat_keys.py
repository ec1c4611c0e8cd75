"""The keys of the chat: each does what the footer and the help promise."""

import pytest
from textual.pilot import Pilot

from llamachat.chat.store.chats import ChatStore
from llamachat.config.values import Config
from llamachat.errors import UsageError
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.screens.chats import ChatsScreen
from llamachat.tui.screens.help import HelpScreen
from llamachat.tui.screens.prompt_templates import PromptTemplatesScreen
from llamachat.tui.screens.search import SearchScreen
from llamachat.tui.screens.settings import SettingsScreen
from llamachat.tui.screens.text_view import TextScreen
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import here, loaded, notices, send, stored, texts

pytestmark = pytest.mark.usefixtures("quick")


async def opens(app: LlamaChatApp, pilot: Pilot[int], key: str, screen: type, text: str) -> None:
    """Press a key, read a text on the screen that it opens, go back with Escape."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, screen) and text in shown(app))
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is app.chat_screen)


@pytest.mark.keys("chat.help", "chat.chats", "chat.search", "chat.prompts", "chat.settings")
@pytest.mark.keys("chat.log", "dialog.close")
async def test_each_key_for_a_screen_opens_it_and_escape_leads_back() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        await opens(app, pilot, "f1", HelpScreen, "Regenerate")
        await opens(app, pilot, "ctrl+o", ChatsScreen, "Hello!")
        await opens(app, pilot, "ctrl+f", SearchScreen, "Search")
        await opens(app, pilot, "f3", PromptTemplatesScreen, "translator")
        await opens(app, pilot, "f4", SettingsScreen, "temp")
        await opens(app, pilot, "f8", TextScreen, "llama")
        await pilot.press("x")
        assert app.chat_screen.composer.draft == "x"  # the focus came back


async def test_every_command_and_what_has_only_a_key_is_in_the_palette() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        await pilot.press("ctrl+p", *"/context")
        await until(pilot, lambda: "how full the context is" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "of 2048 tokens" in shown(app))
        await pilot.press("ctrl+p", *"/rename")
        await until(pilot, lambda: "give this chat a title" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.chat_screen.composer.draft == "/rename ")
        await pilot.press(*"Anna", "enter")
        await until(pilot, lambda: app.chat_screen.conversation.title == "Anna")
        await pilot.press("ctrl+p", *"engine")
        await until(pilot, lambda: "What llama.cpp said" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TextScreen))


@pytest.mark.keys("chat.regenerate", "chat.copy_answer", "chat.new", "chat.panel")
async def test_keys_for_messages_chats_and_the_panel() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        await pilot.press("f5")
        await until(pilot, lambda: "2/2" in shown(app))
        await answered(app, pilot, 2)
        await pilot.press("f7")
        assert app.clipboard == here(app)[1][1]
        await until(pilot, lambda: notices(app))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: texts(app) == [])
        assert "New chat" in shown(app)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, ChatsScreen) and "Hello!" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(texts(app)) == 2)
        panel = app.chat_screen.panel
        assert panel.region.width > 20
        await pilot.press("f2")
        await until(pilot, lambda: panel.region.height == 1)
        await pilot.press("f2")
        await until(pilot, lambda: not panel.display)
        await pilot.press("f2")
        await until(pilot, lambda: panel.region.width > 20 and panel.region.height > 1)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: panel.region.height == 1)
        assert app.chat_screen.transcript.region.width > 70


@pytest.mark.keys("chat.interrupt")
async def test_ctrl_c_clears_a_draft_and_twice_on_nothing_leaves() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        app.chat_screen.composer.insert("a draft")
        await pilot.press("ctrl+c")
        assert app.chat_screen.composer.draft == ""
        await pilot.press("ctrl+z")
        assert app.chat_screen.composer.draft == "a draft"
        await pilot.press("ctrl+c", "ctrl+c")
        assert "Ctrl+C again leaves; everything is saved." in notices(app)
        await pilot.press("x")
        await pilot.pause(0.4)
        await pilot.press("backspace", "ctrl+c")
        assert app.is_running  # something was typed between the two
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 0
    assert len(stored(1)) == 2


@pytest.mark.keys("chat.quit_if_empty")
async def test_ctrl_c_copies_what_is_selected_and_ctrl_d_leaves_where_nothing_is_written() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        app.chat_screen.composer.insert("a word")
        await pilot.press("ctrl+shift+left")
        await pilot.press("ctrl+c")
        assert app.clipboard == "word"
        await pilot.press("home", "ctrl+d")
        assert app.chat_screen.composer.draft == " word"
        await pilot.press(*["ctrl+d"] * 6)
        await until(pilot, lambda: not app.is_running)
    with ChatStore() as store:
        assert store.chats() == []


def test_keys_for_what_is_not_there_are_refused_with_what_is_near() -> None:
    fine = {
        "chat.new": "f9",
        "composer.submit": "f10",
        "transcript.copy": "f11",
        "chats.rename": "x",
    }
    with ChatStore() as store:
        LlamaChatApp(launch(config=Config(keys=fine)), store)
        where = {"keys.chat.neww": "config.toml, line 3, column 1"}
        wrong = Config(keys={**fine, "chat.neww": "f9"}, origins=where)
        with pytest.raises(UsageError, match=r"line 3, column 1: .*'chat.neww'.* chat\.new\?"):
            LlamaChatApp(launch(config=wrong), store)


async def test_keys_of_the_settings_file_take_the_place_of_ours() -> None:
    keys = {"chat.new": "f9", "composer.submit": "ctrl+s", "chat.stop": "f10"}
    async with running(launch(config=Config(keys=keys))) as (app, pilot):
        lost = "f9 is New now, by your settings; Download (chat.download) has lost it."
        assert notices(app) == [lost]
        await loaded(app, pilot)
        app.chat_screen.composer.insert("Hello!")
        await pilot.press("ctrl+s")
        await answered(app, pilot, 2)
        await pilot.press("ctrl+n")
        assert len(texts(app)) == 2
        assert "f9 New" in shown(app)
        await pilot.press("f9")
        await until(pilot, lambda: texts(app) == [])
        await pilot.press("f1", *"chat.new")
        await until(pilot, lambda: "f9  New" in shown(app))  # the help is made of what holds now
        assert "ctrl+n" not in shown(app)
