"""The form for variables: asks for what is open, begins when all is there."""

import pytest

from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.prompt_parser import parse_prompt_template
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.tui.screens.variables import VariableInput, VariablesScreen
from tests.tui.dialog_host import until
from tests.tui.overlay_app import screen_text, showing


def template(text: str) -> PromptTemplate:
    return parse_prompt_template(text, name="t", source="t.toml")


async def test_questions_and_defaults_are_shown() -> None:
    screen = VariablesScreen(load_prompt_template("tutor"), {})
    async with showing(screen, 80, 24) as (app, _):
        text = screen_text(app)
        assert "A patient teacher" in text
        assert "What do you want to learn about?" in text
        assert [field.value for field in screen.fields] == ["", "beginner"]


@pytest.mark.keys("variables.next")
async def test_enter_goes_from_field_to_field_and_begins() -> None:
    screen = VariablesScreen(load_prompt_template("tutor"), {})
    async with showing(screen) as (app, pilot):
        await pilot.press(*"tea", "enter", "end", *"s", "enter")
        assert app.results == [{"subject": "tea", "level": "beginners"}]


async def test_missing_value_is_asked_for_again() -> None:
    screen = VariablesScreen(load_prompt_template("tutor"), {})
    async with showing(screen) as (app, pilot):
        await pilot.press("enter", "enter")
        assert app.results == []
        assert isinstance(app.focused, VariableInput)
        assert app.focused.variable.name == "subject"
        await until(pilot, lambda: "This needs an answer" in screen_text(app))


async def test_given_values_are_not_asked_for_and_come_back() -> None:
    screen = VariablesScreen(load_prompt_template("tutor"), {"level": "expert"})
    async with showing(screen) as (app, pilot):
        await pilot.press(*"tea", "enter")
        assert app.results == [{"level": "expert", "subject": "tea"}]


async def test_default_without_a_question_is_not_asked_for() -> None:
    text = 'preamble = "${a}${b}"\n[variables]\na = "x"'
    screen = VariablesScreen(template(text), {})
    async with showing(screen):
        assert [field.variable.name for field in screen.fields] == ["b"]


async def test_emptied_field_falls_back_to_its_default() -> None:
    text = (
        '[variables]\na = { ask = "A?", default = "one\\ntwo" }\nb = { ask = "B?", default = "x" }'
    )
    source = template(text)
    screen = VariablesScreen(source, {})
    async with showing(screen) as (app, pilot):
        first, second = screen.fields
        assert (first.value, first.placeholder) == ("", "one …")
        second.value = " "
        await pilot.press("enter", "enter")
        assert app.results == [{}]
        assert source.missing(app.results[0]) == ()


async def test_escape_takes_nothing() -> None:
    async with showing(VariablesScreen(load_prompt_template("tutor"), {})) as (app, pilot):
        await pilot.press("x", "escape")
        assert app.results == [None]


async def test_markup_in_a_question_is_only_text() -> None:
    text = 'description = "[bold]d[/bold]"\n[variables]\na = { ask = "[red]A?[/red]" }'
    async with showing(VariablesScreen(template(text), {})) as (app, _):
        assert "[bold]d[/bold]" in screen_text(app)
        assert "[red]A?[/red]" in screen_text(app)
