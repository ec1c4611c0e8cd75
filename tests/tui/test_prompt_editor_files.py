"""The editor of prompt templates and the disk: what is saved where, what others wrote meanwhile."""

import threading
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from llamachat.chat.prompt_files import save_prompt_template
from llamachat.chat.prompt_library import load_prompt_template, own_folder, shipped_folder
from llamachat.tui.screens.confirm import ConfirmScreen
from llamachat.tui.screens.prompt_editor import PromptTemplateEditor
from tests.tui.overlay_app import OverlayApp, screen_text, showing


def note(editor: PromptTemplateEditor) -> str:
    return str(editor.query_one(".dialog-note", Static).content)


def toasts(app: OverlayApp) -> str:
    return "\n".join(notification.message for notification in app._notifications)


@pytest.mark.keys("prompt_editor.save")
async def test_saving_a_shipped_one_makes_an_own_copy() -> None:
    editor = PromptTemplateEditor("bob")
    async with showing(editor) as (app, pilot):
        assert note(editor) == "shipped; saving makes your own copy"
        await pilot.press("#", "x", "enter")
        assert note(editor).endswith("· not saved")
        await pilot.press("ctrl+s")
        assert note(editor) == "yours, hides the shipped one"
        assert (own_folder() / "bob.toml").read_text().startswith("#x\n# The classic")
        assert not (shipped_folder() / "bob.toml").read_text().startswith("#x")
        assert str(own_folder() / "bob.toml") in toasts(app)
        await pilot.press("escape")
        assert app.results == ["bob"]


async def test_text_with_faults_is_saved_too() -> None:
    editor = PromptTemplateEditor("bob")
    async with showing(editor) as (app, pilot):
        await pilot.press("x", "ctrl+s")
        assert (own_folder() / "bob.toml").read_text().startswith("x#")
        assert "Saved, but something is wrong in it." in toasts(app)


async def test_leaving_with_changes_asks_first() -> None:
    editor = PromptTemplateEditor("bob")
    async with showing(editor) as (app, pilot):
        await pilot.press("#", "escape")
        assert "Leave without saving what you changed?" in screen_text(app)
        await pilot.press("n")
        assert editor.is_current
        await pilot.press("escape", "y")
        await pilot.pause()
        assert app.results == [None]
    assert not own_folder().exists()


async def test_new_one_is_saved_under_a_free_name() -> None:
    save_prompt_template("my coder", "")
    editor = PromptTemplateEditor("coder", new=True)
    async with showing(editor) as (app, pilot):
        field = editor.query_one(Input)
        assert field.value == "my coder 2"
        field.value = "bob"
        await pilot.press("ctrl+s")
        assert "There is a prompt template 'bob' already." in toasts(app)
        assert app.focused is field
        field.value = "mine"
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert load_prompt_template("mine").unfilled == load_prompt_template("coder").unfilled
        assert "Prompt template mine" in screen_text(app)
        await pilot.press("escape")
        assert app.results == ["mine"]


async def test_what_another_program_wrote_is_not_lost_silently() -> None:
    path = save_prompt_template("mine", "# one\n")
    async with showing(PromptTemplateEditor("mine")) as (app, pilot):
        path.write_text("# theirs\n", encoding="utf-8")
        await pilot.press("#", "ctrl+s")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("n")
        assert path.read_text() == "# theirs\n"
        await pilot.press("ctrl+s", "y")
        await pilot.pause()
        assert path.read_text() == "## one\n"


async def test_file_that_is_gone_closes_the_editor_with_a_word() -> None:
    async with showing(PromptTemplateEditor("nobody")) as (app, pilot):
        await pilot.pause()
        assert app.results == [None]
        assert "no prompt template 'nobody'" in toasts(app)


@pytest.mark.keys("prompt_editor.external")
async def test_external_editor_gives_its_text_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = PromptTemplateEditor("bob")
    async with showing(editor) as (app, pilot):
        monkeypatch.setenv("VISUAL", "sed -i s/classic/oldest/")
        monkeypatch.setattr(app, "suspend", threading.Lock)
        await pilot.press("ctrl+g")
        assert editor.area.text.startswith("# The oldest: a transcript")
        assert editor.area.text.endswith("\n")
