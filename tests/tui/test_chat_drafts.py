"""What is typed and not yet sent: kept per chat, across runs, and never taken for a command."""

import signal
from contextlib import suppress
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from llamachat.bundled import BOB
from llamachat.chat.store.chats import ChatStore
from llamachat.errors import UsageError
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.widgets.composer import CHANGE_PAUSE
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import (
    Gate,
    answering,
    draft_in_file,
    here,
    loaded,
    notices,
    quiet,
    remarks,
    send,
    signal_engine,
    stored,
    texts,
)

pytestmark = pytest.mark.usefixtures("quick")


async def paste(app: LlamaChatApp, pilot: Pilot[int], text: str) -> None:
    """Let the terminal say that something was pasted."""
    app.post_message(events.Paste(text))
    await pilot.pause()


def is_draft(chat: int, text: str) -> bool:
    """Not yet, where there is no such chat."""
    with suppress(UsageError):
        return draft_in_file(chat) == text
    return False


async def test_a_draft_belongs_to_its_chat_and_outlives_the_run_as_the_history_does() -> None:
    async with running() as (app, pilot):
        composer = app.chat_screen.composer
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        composer.insert("of the first chat")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.chat_screen.conversation.id is None)
        assert composer.draft == ""
        composer.insert("of the second chat")
        await until(pilot, lambda: app.chat_screen.conversation.id == 2)  # a draft makes a chat
        app.chat_screen.desk.open_stored(1)
        await until(pilot, lambda: composer.draft == "of the first chat")
        await pilot.press("!", "ctrl+q")  # at once, before it was stored by itself
    assert draft_in_file(1) == "of the first chat!"
    assert draft_in_file(2) == "of the second chat"
    async with running(launch(resume=1)) as (app, pilot):
        assert app.chat_screen.composer.draft == "of the first chat!"
        await pilot.press("enter")
        await answered(app, pilot, 4)
        assert here(app)[2][1] == "of the first chat!"
        composer = app.chat_screen.composer
        await pilot.press("up", "up")
        await until(pilot, lambda: composer.draft == "Hello!")  # of the run before
        await pilot.press("down", "down")
        await until(pilot, lambda: composer.draft == "")
        await pilot.press("ctrl+r", "h", "e", "l", "enter")
        await until(pilot, lambda: composer.draft == "Hello!")
        composer.clear()
        await pilot.press("ctrl+q")
    assert draft_in_file(1) == ""


async def test_a_message_that_waits_for_the_model_is_a_draft_until_it_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        app.chat_screen.composer.insert("And")
        await until(pilot, lambda: is_draft(1, "Hello!\nAnd"))
        app.chat_screen.composer.clear()
        await until(pilot, lambda: is_draft(1, "Hello!"))
        await pilot.press("ctrl+q")
    gate.open()
    assert stored(1) == []
    assert draft_in_file(1) == "Hello!"


async def test_what_is_typed_while_an_answer_is_being_stopped_is_for_the_chat_that_was_asked_for(
    slow_model: Path,
) -> None:
    async with answering(slow_model) as (app, pilot):
        desk, composer = app.chat_screen.desk, app.chat_screen.composer
        composer.insert("of the first")
        desk.open_new()
        composer.insert("the second")  # before anything could have been stopped
        await pilot.press("enter")
        await until(pilot, lambda: app.chat_screen.conversation.id == 2 and len(texts(app)) == 2)
        desk.open_new()
        composer.insert("of the third")
        await until(pilot, lambda: is_draft(3, "of the third"))
        await quiet(app, pilot)
        assert composer.draft == "of the third"
        assert app.chat_screen.conversation.id == 3
        assert (draft_in_file(1), draft_in_file(2)) == ("of the first", "")
        (question, (_, _, reason)) = stored(2)
        assert (question, reason) == (("user", "the second", None), "cancelled")
        desk.open_stored(1)
        composer.insert("more ")
        assert composer.draft == "of the firstmore "
        await until(pilot, lambda: app.chat_screen.conversation.id == 1)
        assert composer.draft == "of the firstmore "
        assert texts(app)[0] == "Tell me everything."


async def test_what_a_chat_that_is_being_left_gives_back_is_its_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, too_much = Gate(monkeypatch), "too much " * 200
    async with running(launch(BOB, n_ctx=128)) as (app, pilot):
        desk, composer = app.chat_screen.desk, app.chat_screen.composer
        await send(app, pilot, too_much)
        composer.insert("later")
        gate.open()
        while not app.chat_screen.turns.busy:
            await pilot.pause()
        desk.open_new()
        composer.insert("elsewhere")
        await until(pilot, lambda: is_draft(2, "elsewhere"))
        await until(pilot, lambda: desk.drafts.coming is None)
        assert composer.draft == "elsewhere"
        assert stored(1) == []
        assert draft_in_file(1) == f"{too_much}\nlater"


async def test_what_waits_for_a_chat_that_is_about_to_be_shown_is_its_draft(
    slow_model: Path,
) -> None:
    async with answering(slow_model) as (app, pilot):
        desk, composer = app.chat_screen.desk, app.chat_screen.composer
        signal_engine(app, signal.SIGSTOP)
        desk.open_new()
        await send(app, pilot, "sent")
        composer.insert("and more")
        await until(pilot, lambda: is_draft(2, "sent\nand more"))
        assert stored(2) == []
        signal_engine(app, signal.SIGCONT)
        await until(pilot, lambda: is_draft(2, "and more"))
        assert texts(app)[0] == "sent"
        assert draft_in_file(1) == ""


async def test_what_was_sent_in_a_chat_that_is_no_longer_there_is_its_draft() -> None:
    async with running() as (app, pilot):
        screen = app.chat_screen
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        former = screen.conversation
        await pilot.press("ctrl+n")
        await until(pilot, lambda: texts(app) == [])
        screen.post_message(screen.composer.Submitted("late", to=former))
        await until(pilot, lambda: is_draft(1, "late"))
        assert "draft of its chat" in notices(app)[-1]
        assert screen.conversation.id is None


async def test_what_is_typed_after_fork_is_for_the_fork(slow_model: Path) -> None:
    async with answering(slow_model) as (app, pilot):
        await send(app, pilot, "/fork")
        app.chat_screen.composer.insert("hello")
        await until(pilot, lambda: app.chat_screen.conversation.id == 2)
        assert app.chat_screen.composer.draft == "hello"
        assert draft_in_file(1) == ""


async def test_a_first_message_stays_with_its_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    async with running(launch(first="the first words")) as (app, pilot):
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.chat_screen.desk.drafts.coming is None)
        gate.open()
        await loaded(app, pilot)
        await until(pilot, lambda: any("draft of its chat" in text for text in notices(app)))
        assert texts(app) == []
    assert (draft_in_file(1), stored(1)) == ("the first words", [])


async def test_a_first_message_that_waits_for_the_model_is_a_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)
    async with running(launch(first="the first words")) as (app, pilot):
        app.chat_screen.composer.insert("and more")
        await pilot.press("ctrl+q")
    gate.open()
    assert draft_in_file(1) == "the first words\nand more"


async def test_a_window_that_only_looks_leaves_the_draft_alone() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
    async with running(launch(resume=1)) as (app, pilot):
        with ChatStore() as store:
            store.save_draft(1, "of another window")
        await pilot.press("ctrl+q")
    assert draft_in_file(1) == "of another window"


async def test_a_chat_that_was_deleted_elsewhere_is_back_when_it_goes_on() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        with ChatStore() as store:
            store.delete(1)
        await send(app, pilot, "Hello again!")
        await answered(app, pilot, 4)
        assert app.store.get(1).deleted is None
        assert any("had been deleted" in text for text in remarks(app))


async def test_a_paste_is_no_command_a_path_is_a_message_and_a_slip_is_asked_about() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        said = ["/quit", "/etc/passwd holds what?", "/usr/bin", " /quitt"]
        await paste(app, pilot, said[0])
        await pilot.press("enter")
        await answered(app, pilot, 2)
        for number, text in enumerate(said[1:], start=2):
            await send(app, pilot, text)
            await answered(app, pilot, 2 * number)
        assert [text for role, text, _ in here(app) if role == "user"] == said
        assert app.is_running
        await send(app, pilot, "/serch")
        await quiet(app, pilot)
        assert app.chat_screen.composer.draft == "/serch"
        assert "Did you mean /search?" in notices(app)[-1]
        assert "Did you mean /search?" in shown(app)
        assert len(texts(app)) == 2 * len(said)


async def test_a_command_that_is_typed_slowly_begins_no_chat() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        for part in ("/the", "me textual-light"):
            app.chat_screen.composer.insert(part)
            await pilot.pause(CHANGE_PAUSE * 1.3)
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "textual-light")
        assert app.chat_screen.conversation.id is None
        app.chat_screen.composer.insert("/usr is")
        await until(pilot, lambda: app.chat_screen.conversation.id == 1)


async def test_a_paste_while_the_messages_have_the_focus_goes_to_the_composer() -> None:
    async with running() as (app, pilot):
        await pilot.press("f6")
        assert app.chat_screen.transcript.has_focus
        await paste(app, pilot, "/usr/bin\nand more")
        await until(pilot, lambda: app.chat_screen.composer.draft == "/usr/bin\nand more")
        assert app.chat_screen.composer.has_focus_within
        await pilot.press("f1")
        await paste(app, pilot, "keys")
        await pilot.press("escape")
        assert app.chat_screen.composer.draft == "/usr/bin\nand more"  # it was for the dialog
