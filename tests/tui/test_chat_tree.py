"""Other versions of what was said: edit, answer again, take back, step between them, fork."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.may_change import BUSY
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import (
    here,
    loaded,
    notices,
    quiet,
    remarks,
    send,
    stored,
    stored_rows,
    texts,
    writing,
)

pytestmark = pytest.mark.usefixtures("quick")

FIRST, SECOND = "Hello!", "What is the capital of France?"


async def two_turns(app: LlamaChatApp, pilot: Pilot[int]) -> None:
    await loaded(app, pilot)
    for number, text in enumerate((FIRST, SECOND), start=1):
        await send(app, pilot, text)
        await answered(app, pilot, 2 * number)


async def select(app: LlamaChatApp, pilot: Pilot[int], number: int) -> None:
    """Go from the composer to a message; they are counted from the end."""
    transcript = app.chat_screen.transcript
    await pilot.press("f6")
    wanted = transcript.rows[-1 - number]
    while transcript.selected is not None and transcript.selected.key > wanted.key:
        await pilot.press("up")
    while transcript.selected is not None and transcript.selected.key < wanted.key:
        await pilot.press("down")
    assert transcript.selected == wanted


def versions(app: LlamaChatApp) -> list[tuple[int, int]]:
    """Which of how many versions each message of the transcript is, without the greeting."""
    return [(row.place, row.places) for row in app.chat_screen.transcript.rows if row.key > 0]


@pytest.mark.keys("transcript.edit")
async def test_an_edited_question_is_answered_beside_the_old_one_and_both_can_be_shown() -> None:
    async with running() as (app, pilot):
        await two_turns(app, pilot)
        app.chat_screen.composer.insert("half a thought")
        await select(app, pilot, 3)
        await pilot.press("e")
        composer = app.chat_screen.composer
        assert composer.draft == FIRST
        assert "Editing" in shown(app)
        await pilot.press("escape")
        assert composer.draft == "half a thought"

        await select(app, pilot, 3)
        await pilot.press("e")
        composer.area.replace_all("Good day!")
        await pilot.press("enter")
        await quiet(app, pilot)
        await answered(app, pilot, 2)
        assert texts(app)[0] == "Good day!"
        assert versions(app) == [(2, 2), (1, 1)]
        assert composer.draft == "half a thought"
        assert "‹ 2/2 ›" in shown(app)

        await select(app, pilot, 1)
        await pilot.press("left")
        await until(pilot, lambda: texts(app)[0] == FIRST)
        assert texts(app)[2] == SECOND  # what followed comes along
        assert versions(app) == [(1, 2), (1, 1), (1, 1), (1, 1)]
        await pilot.press("right")
        await until(pilot, lambda: texts(app)[0] == "Good day!")
        assert stored(1)[0][1] == "Good day!"


async def test_an_edited_answer_stands_as_it_is_and_the_model_reads_it() -> None:
    async with running() as (app, pilot):
        await two_turns(app, pilot)
        await select(app, pilot, 2)
        await pilot.press("e")
        app.chat_screen.composer.area.replace_all("I am \x1b[31mRed\x07.")
        await pilot.press("enter")
        await pilot.pause()
        assert here(app) == [("user", FIRST, None), ("assistant", texts(app)[1], None)]
        assert versions(app) == [(1, 1), (2, 2)]
        await send(app, pilot, SECOND)
        await answered(app, pilot, 4)
        assert list(app.chat_screen.composer.history) == [FIRST, SECOND]
        await send(app, pilot, "/prompt")
        assert "Red" in shown(app)
        await pilot.press("escape")


@pytest.mark.keys("transcript.regenerate")
async def test_any_answer_can_be_written_once_more() -> None:
    async with running() as (app, pilot):
        await two_turns(app, pilot)
        await select(app, pilot, 2)
        await pilot.press("r")
        await until(pilot, lambda: versions(app) == [(1, 1), (2, 2)])
        await quiet(app, pilot)
        assert len(here(app)) == 2  # what followed is at the other version
        await pilot.press("left")
        await until(pilot, lambda: len(texts(app)) == 4)
        await pilot.press("escape", "f5")  # the latest one
        await until(pilot, lambda: versions(app)[-1] == (2, 2))
        await answered(app, pilot, 4)
        assert {row.places for row in stored_rows(1)} == {1, 2}


@pytest.mark.keys("transcript.fork")
async def test_undo_takes_a_turn_back_and_fork_copies_up_to_a_message() -> None:
    async with running() as (app, pilot):
        await two_turns(app, pilot)
        await select(app, pilot, 2)
        await pilot.press("f")
        await until(pilot, lambda: app.chat_screen.conversation.id == 2)
        await pilot.pause()
        assert here(app) == stored(1)[:2]
        assert texts(app) == [text for _, text, _ in stored(1)[:2]]
        assert "chat 2" in shown(app)

        await send(app, pilot, "/chats 1")
        await until(pilot, lambda: len(texts(app)) == 4)
        await send(app, pilot, "/undo")
        assert texts(app) == [text for _, text, _ in stored(2)]
        assert app.chat_screen.composer.draft == SECOND
        await pilot.press("enter")
        await answered(app, pilot, 4)
        assert versions(app) == [(1, 1), (1, 1), (2, 2), (1, 1)]
        assert len(stored(2)) == 2  # the fork is a chat of its own


async def test_a_question_can_be_answered_once_more_too() -> None:
    async with running() as (app, pilot):
        await two_turns(app, pilot)
        await select(app, pilot, 3)
        await pilot.press("r")
        await until(pilot, lambda: versions(app) == [(1, 1), (2, 2)])
        await quiet(app, pilot)
        assert here(app)[0] == ("user", FIRST, None)
        assert len(here(app)) == 2


async def test_a_key_that_can_do_nothing_says_why(slow_model: Path) -> None:
    async with running(launch(slow_model, n_ctx=4096)) as (app, pilot):
        await loaded(app, pilot)
        await pilot.press("f6")
        for key in "erf":
            app.clear_notifications()
            await pilot.press(key)
            assert "a part of the prompt template" in notices(app)[-1]
        await pilot.press("f6")
        await send(app, pilot, "Tell me everything.")
        await writing(app, pilot)
        await pilot.press("f6")
        for key in "erf":
            app.clear_notifications()
            await pilot.press(key)
            assert notices(app)[-1] == BUSY
        assert app.chat_screen.turns.busy
        await pilot.press("escape")
        await quiet(app, pilot)


async def test_words_that_answer_no_question_can_not_be_written_once_more() -> None:
    with ChatStore() as store:
        line = store.line(store.create(load_prompt_template("bob").fill()).id)
        for role, text in (("assistant", "I speak first."), ("user", "Hm."), ("assistant", "Yes.")):
            line.add(Message(role, text))  # type: ignore[arg-type]
    async with running(launch(resume=1)) as (app, pilot):
        await loaded(app, pilot)
        before = here(app)
        await select(app, pilot, 2)
        await pilot.press("r")
        await until(pilot, lambda: "There is no question before it." in remarks(app))
        assert here(app) == before
