"""Edits that are left in one way or another: no word of theirs is lost, nor of the draft."""

import pytest
from textual.pilot import Pilot

from llamachat.tui.app import LlamaChatApp
from tests.tui.chat_app import answered, launch, running, until
from tests.tui.chat_steps import draft_in_file, here, loaded, send, stored, texts

pytestmark = pytest.mark.usefixtures("quick")


async def edit(app: LlamaChatApp, pilot: Pilot[int], more: str) -> None:
    """A question is asked, a draft begun, and words are added to the question."""
    await loaded(app, pilot)
    await send(app, pilot, "one")
    await answered(app, pilot, 2)
    await send(app, pilot, "/edit")
    await until(pilot, lambda: app.chat_screen.composer.draft == "one")
    app.chat_screen.composer.insert(more)


async def test_an_edit_of_what_is_taken_back_ends_and_both_texts_are_the_draft() -> None:
    async with running() as (app, pilot):
        await edit(app, pilot, " more")
        await app.chat_screen.run_action("command('/undo')")
        composer = app.chat_screen.composer
        assert composer.draft == "one\none more"
        assert app.chat_screen.editing.message is None
        assert not composer.has_class("-editing")
        assert draft_in_file(1) == "one\none more"
        await pilot.press("enter")
        await answered(app, pilot, 2)
        assert here(app)[0] == ("user", "one\none more", None)
    assert draft_in_file(1) == ""


async def test_new_words_stay_when_another_chat_is_opened() -> None:
    async with running() as (app, pilot):
        await edit(app, pilot, " and many words")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: texts(app) == [])
        assert app.chat_screen.composer.draft == ""
        app.chat_screen.desk.open_stored(1)
        await until(pilot, lambda: len(texts(app)) == 2)
        assert app.chat_screen.composer.draft == "one and many words"
        assert app.chat_screen.editing.message is None


async def test_new_words_stay_when_the_app_is_left_or_killed() -> None:
    async with running() as (app, pilot):
        await edit(app, pilot, " and many words")
        await until(pilot, lambda: draft_in_file(1) == "one and many words")  # a kill may come
        await pilot.press("!", "ctrl+q")
    assert draft_in_file(1) == "one and many words!"
    async with running(launch(resume=1)) as (app, _):
        assert app.chat_screen.composer.draft == "one and many words!"


async def test_words_given_up_come_back_with_undo_and_the_draft_at_once() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "one")
        await answered(app, pilot, 2)
        composer, editing = app.chat_screen.composer, app.chat_screen.editing
        composer.insert("a draft")
        editing.begin(app.chat_screen.conversation.rows[0].id)
        composer.insert(" and many words")
        await pilot.press("escape")
        await until(pilot, lambda: editing.message is None)
        assert composer.draft == "a draft"
        assert draft_in_file(1) == "a draft"
        await pilot.press("ctrl+z")
        await until(pilot, lambda: composer.draft == "one and many words")


async def test_an_edit_that_changed_nothing_leaves_nothing() -> None:
    async with running() as (app, pilot):
        await edit(app, pilot, "")
        await pilot.press("ctrl+q")
    assert draft_in_file(1) == ""
    assert len(stored(1)) == 2


async def test_another_edit_keeps_the_words_of_the_first() -> None:
    async with running() as (app, pilot):
        await edit(app, pilot, " more")
        answer = app.chat_screen.conversation.rows[1]
        app.chat_screen.editing.begin(answer.id)
        assert app.chat_screen.composer.draft == answer.message.text
        await pilot.press("escape")
        await until(pilot, lambda: app.chat_screen.composer.draft == "one more")
