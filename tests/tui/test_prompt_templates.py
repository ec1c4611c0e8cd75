"""The list of prompt templates: what is shown of each, and what can be done with it."""

import pytest

from llamachat.chat.prompt_files import save_prompt_template
from llamachat.chat.prompt_library import prompt_templates
from llamachat.engine.scripted import ScriptedEngine
from llamachat.tui.screens.listing import Listing
from llamachat.tui.screens.prompt_templates import PromptTemplatesScreen
from llamachat.tui.widgets.prompt_view import PromptView
from tests.tui.overlay_app import screen_text, showing


def view(screen: PromptTemplatesScreen) -> str:
    return screen.query_one(PromptView).text


async def test_each_has_a_row_with_its_description() -> None:
    save_prompt_template("bob", 'description = "My own Bob"')
    async with showing(PromptTemplatesScreen("coder")) as (app, _):
        text = screen_text(app)
        assert "My own Bob" in text
        assert "coder · in use" in text
        assert f"1 of {len(prompt_templates())} yours" in text
        assert app.screen.query_one(Listing).option_count == len(prompt_templates())


async def test_highlighted_one_is_rendered() -> None:
    screen = PromptTemplatesScreen("tutor")
    async with showing(screen) as (_, pilot):
        assert "Asks for subject: What do you want to learn about?" in view(screen)
        assert "(else: beginner)" in view(screen)
        assert view(screen).endswith("Student: …\nTutor:")
        await pilot.press("down")
        assert view(screen).endswith("USER: … ASSISTANT:")


async def test_model_with_a_chat_template_renders_its_own() -> None:
    jinja = "{% for m in messages %}<{{ m.role }}>{% endfor %}"
    info = ScriptedEngine([], chat_template=jinja).info
    screen = PromptTemplatesScreen("assistant", info=info)
    async with showing(screen):
        assert view(screen).endswith("<system><user>")


@pytest.mark.parametrize(("key", "what"), [("enter", "use"), ("e", "edit"), ("n", "new")])
@pytest.mark.keys("prompts.use", "prompts.edit", "prompts.new")
async def test_keys_choose_what_is_done(key: str, what: str) -> None:
    async with showing(PromptTemplatesScreen("coder")) as (app, pilot):
        await pilot.press(key)
        assert app.results == [(what, "coder")]


async def test_click_uses_one() -> None:
    async with showing(PromptTemplatesScreen()) as (app, pilot):
        await pilot.click(Listing, offset=(4, 2))
        assert app.results == [("use", list(prompt_templates())[1])]


async def test_escape_chooses_nothing() -> None:
    async with showing(PromptTemplatesScreen()) as (app, pilot):
        await pilot.press("escape")
        assert app.results == [None]


async def test_broken_one_says_why_and_can_only_be_edited() -> None:
    save_prompt_template("aaa", "form = 3")
    screen = PromptTemplatesScreen("aaa")
    async with showing(screen, 80, 24) as (app, pilot):
        assert "aaa.toml, line 1, column 1: form must be text in quotes" in view(screen)
        await pilot.press("enter", "n")
        assert app.results == []
        await pilot.press("e")
        assert app.results == [("edit", "aaa")]


async def test_footer_names_the_keys() -> None:
    async with showing(PromptTemplatesScreen(), 80, 24) as (app, _):
        footer = screen_text(app).splitlines()[-1]
        for word in ("Close", "Use", "Edit", "New from it"):
            assert word in footer
