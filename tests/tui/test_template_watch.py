"""Prompt templates in the whole app: one that changes while a chat is led in it, and one that asks
before it begins."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from llamachat.chat.message import Message
from llamachat.chat.prompt_files import save_prompt_template
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.prompt import prompt_text
from llamachat.tui import chat_screen
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.screens.prompt_editor import PromptTemplateEditor
from llamachat.tui.screens.prompt_templates import PromptTemplatesScreen
from llamachat.tui.screens.variables import VariablesScreen
from tests.tui.chat_app import launch, running, shown, until
from tests.tui.chat_steps import loaded, remarks, send

pytestmark = pytest.mark.usefixtures("quick")

ASKING = 'preamble = "Speak ${language}.\\n\\n"\n[variables]\nlanguage = { ask = "Which one?" }\n'


@pytest.fixture(autouse=True)
def looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_screen, "PERIOD", 0.05)


def named(assistant: str) -> str:
    """The text of a prompt template."""
    return f'preamble = "You are ${{assistant}}.\\n\\n"\n[roles]\nassistant = "{assistant}"\n'


def speaker(app: LlamaChatApp) -> str:
    return app.chat_screen.conversation.dialog.assistant


def preamble(app: LlamaChatApp) -> str:
    return prompt_text(app.chat_screen.conversation.dialog.preamble)


async def becomes(app: LlamaChatApp, pilot: Pilot[int], assistant: str) -> None:
    """Until the open chat is led with somebody else, and that was said."""
    said = "was changed and is in use."
    await until(pilot, lambda: speaker(app) == assistant and said in " ".join(remarks(app)))
    assert f"Message {assistant}" in shown(app)


async def choose(app: LlamaChatApp, pilot: Pilot[int], name: str, language: str) -> None:
    """A prompt template that asks for a language."""
    await send(app, pilot, f"/template {name}")
    await answer(app, pilot, language)


async def answer(app: LlamaChatApp, pilot: Pilot[int], language: str) -> None:
    await until(pilot, lambda: isinstance(app.screen, VariablesScreen))
    await pilot.press(*language, "enter")
    await until(pilot, lambda: language in preamble(app))


async def test_a_changed_file_is_laid_over_the_open_chat_and_a_broken_one_is_not(
    babbler: Path,
) -> None:
    path = save_prompt_template("mine", named("Ada"))
    async with running(launch(babbler)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "/template mine")
        await until(pilot, lambda: speaker(app) == "Ada")
        path.write_text(named("Zoe"))
        await becomes(app, pilot, "Zoe")
        path.write_text("form = 3")
        await until(pilot, lambda: "line 1, column 1: form must be" in remarks(app)[-1])
        assert speaker(app) == "Zoe"
        path.write_text(named("Eve"))
        await becomes(app, pilot, "Eve")


async def test_what_the_editor_of_the_app_saves_is_in_use_in_the_chat_behind_it(
    babbler: Path,
) -> None:
    async with running(launch(babbler)) as (app, pilot):
        await loaded(app, pilot)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, PromptTemplatesScreen))
        await pilot.press("e")  # the one in use, a shipped one: an own copy will hide it
        await until(pilot, lambda: isinstance(app.screen, PromptTemplateEditor))
        assert isinstance(app.screen, PromptTemplateEditor)
        app.screen.area.replace_all(named("Robert"))
        await pilot.press("ctrl+s", "escape")
        await until(pilot, lambda: app.screen is app.chat_screen)
        await becomes(app, pilot, "Robert")


async def test_a_chat_that_is_led_with_other_values_is_left_alone(babbler: Path) -> None:
    path = save_prompt_template("mine", ASKING)
    async with running(launch(babbler)) as (app, pilot):
        await loaded(app, pilot)
        german = load_prompt_template("mine").fill({"language": "German"})
        chat = app.store.create(german, prompt_template="mine").id
        app.store.line(chat).add(Message("user", "Hallo!"))
        await choose(app, pilot, "mine", "French")
        await send(app, pilot, f"/chats {chat}")
        await until(pilot, lambda: app.chat_screen.conversation.id == chat)
        path.write_text(ASKING.replace("Speak", "Always speak"))
        await pilot.pause(0.3)
        assert preamble(app) == "Speak German.\n\n"
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.chat_screen.conversation.id is None)
        await choose(app, pilot, "mine", "French")
        path.write_text(ASKING.replace("Speak", "Only speak").replace("}.", "} to ${whom}."))
        await until(pilot, lambda: "was changed and needs values for whom" in remarks(app)[-1])
        assert "/template mine" in remarks(app)[-1]
        path.write_text(ASKING.replace("Speak", "Sing"))
        await until(pilot, lambda: preamble(app) == "Sing French.\n\n")


async def test_the_file_of_a_resumed_chat_is_followed_too(babbler: Path) -> None:
    path = save_prompt_template("mine", named("Ada"))
    start = launch(babbler, resume=1)
    with ChatStore() as store:
        chat = store.create(load_prompt_template("mine").fill(), prompt_template="mine").id
        store.line(chat).add(Message("user", "Hello!"))
    async with running(start) as (app, pilot):
        await loaded(app, pilot)
        await until(pilot, lambda: speaker(app) == "Ada")
        path.write_text(named("Zoe"))
        await becomes(app, pilot, "Zoe")


async def test_a_file_from_any_folder_can_be_chosen_and_is_followed(
    babbler: Path, tmp_path: Path
) -> None:
    path = tmp_path / "here.toml"
    path.write_text(named("Ada"))
    start = launch(
        babbler,
        prompt_template=str(path),
        decide=lambda _info: (load_prompt_template(str(path)).fill(), "here"),
    )
    async with running(start) as (app, pilot):
        await loaded(app, pilot)
        await until(pilot, lambda: speaker(app) == "Ada")
        assert remarks(app) == []
        path.write_text(named("Zoe"))
        await becomes(app, pilot, "Zoe")
        other = path.with_name("there.toml")
        other.write_text(named("Max"))
        await send(app, pilot, f"/template {other}")
        await until(pilot, lambda: "prompt template there" in shown(app))
        other.write_text(named("Tom"))
        await becomes(app, pilot, "Tom")


async def test_what_a_prompt_template_asks_at_the_start_holds_for_every_new_chat(
    babbler: Path,
) -> None:
    save_prompt_template("mine", ASKING)
    template = load_prompt_template("mine")
    async with running(launch(babbler, unfilled=template, prompt_template="mine")) as (app, pilot):
        await answer(app, pilot, "French")
        await loaded(app, pilot)
        assert "prompt template mine" in shown(app)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: preamble(app) == "Speak French.\n\n")
        await until(pilot, lambda: "prompt template mine" in shown(app))


async def test_what_was_told_by_hand_is_not_overwritten(babbler: Path) -> None:
    path = save_prompt_template("mine", named("Ada"))
    async with running(launch(babbler)) as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, "/template mine")
        await until(pilot, lambda: speaker(app) == "Ada")
        await send(app, pilot, "/system You are a parrot.")
        path.write_text(named("Zoe"))
        await pilot.pause(0.3)
        assert preamble(app).startswith("You are a parrot.")
        assert speaker(app) == "Ada"
