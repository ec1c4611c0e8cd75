"""What is said and answered: on the screen, in the store, in a context that fills up."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.config.values import Config
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.scripted import ScriptedEngine
from llamachat.gguf.generated import TINY, write_generated_llama
from tests.tui.chat_app import answered, greedy, launch, running, say, shown, until
from tests.tui.chat_steps import Gate, here, loaded, remarks, send, stored_rows, texts

pytestmark = pytest.mark.usefixtures("quick")


async def test_a_message_typed_while_the_model_loads_is_answered_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch)
    async with running() as (app, pilot):
        assert "Loading" in app.chat_screen.panel.text
        await say(pilot, "Hello!")
        gate.open()
        await answered(app, pilot, 2)
        question, (role, text, reason) = here(app)
        assert question == ("user", "Hello!", None)
        assert (role, reason) == ("assistant", "stop")
        picture = shown(app)
        assert text and text in picture
        assert "User:" not in picture  # the reverse prompt that ended it
        assert "Bob: " not in picture
        assert "Hello!  ·  chat 1  ·  prompt template bob  ·  model bob" in picture
        assert f"{stored_rows(1)[1].stats['generated']} tokens" in picture

        await send(app, pilot, "What is the capital of France?")
        await answered(app, pilot, 4)
        first, second = (row.stats for row in stored_rows(1) if row.stats)
        assert first["cached"] == 0
        assert second["cached"] >= first["prompt"]  # a turn costs its own tokens
        assert app.chat_screen.panel.engine == "idle"
        assert "Paris" in texts(app)[-1]


async def test_a_first_message_of_the_command_line_is_sent_and_a_notice_is_said() -> None:
    start = launch(first="/help me, Bob!\nPlease.", notice="Bob is small: llamachat models list")
    async with running(start) as (app, pilot):
        await answered(app, pilot, 2)
        assert here(app)[0] == ("user", "/help me, Bob!\nPlease.", None)
        assert remarks(app) == ["Bob is small: /model"]


async def test_a_full_context_drops_the_oldest_turns_says_so_and_keeps_the_chat() -> None:
    async with running(launch(n_ctx=256)) as (app, pilot):
        await loaded(app, pilot)
        warned, number = False, 0
        while not remarks(app):
            number += 1
            await send(app, pilot, f"What is the capital of France? {number}.")
            await answered(app, pilot, 2 * number)
            told = app.chat_screen.panel.full_text
            warned = warned or re.search(r"Next to go: turns? 1", told) is not None
        assert warned
        dropped = remarks(app)[0]
        assert dropped.startswith("The context is full: turn")
        assert "no longer seen by the model" in dropped
        assert "The preamble stays, and so does everything in this chat." in dropped
        assert "1." in here(app)[0][1]
        assert len(here(app)) == len(texts(app)) == 2 * number


@pytest.mark.keys("chat.transcript", "transcript.leave")
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
        await pilot.press("f6", "home", "f6")
        assert not transcript.following
        await send(app, pilot, "/context")
        await until(pilot, lambda: "Context: " in shown(app))  # an answer to a command is seen
        assert transcript.following


async def test_a_model_that_decides_on_another_dialog_shows_it_with_what_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "chat.gguf"
    template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
    write_generated_llama(model, TINY, "q8_0", chat_template=template)
    gate = Gate(monkeypatch)

    def assistant(_info: EngineInfo) -> tuple[Dialog, str]:
        return load_prompt_template("assistant").fill(), "assistant"

    async with running(launch(model, decide=assistant, adjust=few_words)) as (app, pilot):
        assert "largest city in Europe" in shown(app)  # Bob's greeting
        await send(app, pilot, "Hello!")
        gate.open()
        await answered(app, pilot, 2)
        assert "largest city in Europe" not in shown(app)
        assert texts(app) == [text for _, text, _ in here(app)]
        assert "prompt template assistant" in shown(app)
        await send(app, pilot, "/prompt")
        assert "<user>Hello!" in shown(app)
        await pilot.press("escape")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.chat_screen.conversation.id is None)
        assert "largest city in Europe" not in shown(app)


def few_words(params: GenerateParams) -> GenerateParams:
    return replace(greedy(params), n_predict=8)


async def test_nothing_that_a_model_says_is_obeyed_by_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "\x1b[31mred\x07 [bold]not bold[/bold]\x9b5n\r\n\x1b]52;c;aGk=\x07 `code\x1b[2J`"
    engine = ScriptedEngine([said], delay=0.02)
    monkeypatch.setattr("llamachat.engine.open.open_engine", lambda *_, **__: engine)
    async with running() as (app, pilot):
        await send(app, pilot, "Hello!")
        while len(here(app)) < 2:
            await pilot.pause(0.02)
            assert not set(shown(app)) & set("\x1b\x07\x9b\r")
        assert "␛[31mred␇ [bold]not bold[/bold]" in shown(app)
        assert not set(shown(app)) & set("\x1b\x07\x9b\r")
        assert here(app)[1][1] == said  # as it was said


async def test_where_no_panel_shows_it_the_chat_says_what_a_full_context_loses_next() -> None:
    async with running(launch(n_ctx=256, config=Config(panel="off"))) as (app, pilot):
        await loaded(app, pilot)
        number = 0
        while len(remarks(app)) < 2:
            number += 1
            await send(app, pilot, f"What is the capital of France? {number}.")
            await answered(app, pilot, 2 * number)
        nearly, full = remarks(app)[:2]
        assert re.match(r"The context is (8[5-9]|9\d)% full\. Next to go: turns? 1\b", nearly)
        assert full.startswith("The context is full: turn")
