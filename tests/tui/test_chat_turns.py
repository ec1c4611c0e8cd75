"""What is said and answered: on the screen, in the store, in a context that fills up."""

import pytest

from tests.tui.chat_app import answered, launch, running, say, shown, until
from tests.tui.chat_steps import Gate, here, loaded, remarks, send, stored_rows, texts

pytestmark = pytest.mark.usefixtures("quick")

ANSWER = "Hello. How may I help you today?"


async def test_a_message_typed_while_the_model_loads_is_answered_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)
    async with running() as (app, pilot):
        assert "Loading" in app.chat_screen.panel.text
        await say(pilot, "Hello!")
        gate.open()
        await answered(app, pilot, 2)
        assert here(app) == [("user", "Hello!", None), ("assistant", ANSWER, "stop")]
        picture = shown(app)
        assert ANSWER in picture
        assert "User:" not in picture  # the reverse prompt that ended it
        assert "Bob: " not in picture
        assert "Hello!  ·  chat 1  ·  prompt template bob  ·  model bob" in picture
        assert "12 tokens" in picture

        await send(app, pilot, "What is the capital of France?")
        await answered(app, pilot, 4)
        first, second = (row.stats for row in stored_rows(1) if row.stats)
        assert first["cached"] == 0
        assert second["cached"] >= first["prompt"]  # a turn costs its own tokens
        assert app.chat_screen.panel.engine == "idle"
        assert "Paris" in texts(app)[-1]


async def test_a_first_message_of_the_command_line_is_sent_and_a_notice_is_said() -> None:
    start = launch(first="/help me, Bob!\nPlease.", notice="Bob is small.")
    async with running(start) as (app, pilot):
        await answered(app, pilot, 2)
        assert here(app)[0] == ("user", "/help me, Bob!\nPlease.", None)
        assert remarks(app) == ["Bob is small."]


async def test_a_full_context_drops_the_oldest_turns_says_so_and_keeps_the_chat() -> None:
    async with running(launch(n_ctx=256)) as (app, pilot):
        await loaded(app, pilot)
        warned = False
        for number in range(1, 5):
            await send(app, pilot, f"Please tell me {'the capital of France, ' * 5} {number}.")
            await answered(app, pilot, 2 * number)
            warned = warned or "The next to go is turn 1" in app.chat_screen.panel.full_text
        assert warned
        (dropped,) = remarks(app)
        assert "The context is full: turn 1 is no longer seen by the model" in dropped
        assert "The preamble stays, and so does everything in this chat." in dropped
        assert "1." in here(app)[0][1]
        assert len(here(app)) == len(texts(app)) == 8


async def test_the_transcript_follows_until_the_reader_scrolls_up() -> None:
    async with running(size=(80, 24)) as (app, pilot):
        transcript = app.chat_screen.transcript
        for number in range(2):
            await send(app, pilot, "Hello!\n" * 12)
            await answered(app, pilot, 2 * number + 2)
        assert transcript.scroll_y == transcript.max_scroll_y > 0
        await pilot.press("f6", "pageup", "pageup")
        assert not transcript.following
        await pilot.press("end")
        assert transcript.scroll_y == transcript.max_scroll_y
        await pilot.press("escape")
        await until(pilot, lambda: app.chat_screen.composer.has_focus_within)
