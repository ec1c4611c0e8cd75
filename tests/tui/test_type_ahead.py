"""What is typed while the app begins is in the composer, and nothing of it is carried out."""

import pytest
from textual import events

from llamachat.chat.store.chats import ChatStore
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.type_ahead import typed
from tests.tui.chat_app import launch, running, until

pytestmark = pytest.mark.usefixtures("quick")


def key(name: str, character: str | None = None) -> events.Key:
    return events.Key(name, character or (name if len(name) == 1 else None))


async def test_it_is_in_the_composer_and_is_not_sent() -> None:
    with ChatStore() as store:
        app = LlamaChatApp(launch(), store)
        for event in (*map(key, "/nex"), key("backspace"), key("w"), key("enter"), key("enter")):
            app.post_message(event)
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.chat_screen.composer.draft == "/new")
            await pilot.press("!")
            assert app.chat_screen.composer.draft == "/new!"
            assert app.chat_screen.conversation.rows == ()


async def test_it_follows_the_draft_of_a_chat_that_is_resumed() -> None:
    async with running() as (app, _):
        app.chat_screen.conversation.save_draft("A draft,")
    with ChatStore() as store:
        app = LlamaChatApp(launch(resume=1), store)
        app.post_message(events.Paste(" and more"))
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.chat_screen.composer.draft == "A draft, and more")


def test_what_writes_is_kept() -> None:
    text = ""
    for event in (key("a"), key("space", " "), key("b"), key("ctrl+j"), key("é"), key("x"),
                  key("backspace"), events.Paste("\nc")):  # fmt: skip
        text = typed(text, event) or ""
    assert text == "a b\né\nc"


def test_what_does_not_write_goes_where_it_goes() -> None:
    others = (key("escape"), key("left"), key("ctrl+q", "\x11"), key("tab", "\t"), events.Mount())
    assert {typed("text", event) for event in others} == {None}
