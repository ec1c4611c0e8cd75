"""Each slash command in the whole app with the real Bob: what it does can be seen or is stored."""

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llamachat.bundled import BOB
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.commands.table import COMMANDS
from tests.tui.chat_app import answered, launch, running, shown, until
from tests.tui.chat_steps import here, loaded, remarks, send, stored, stored_rows, texts

pytestmark = pytest.mark.usefixtures("quick")

CODE = "Gladly:\n\n```python\nprint('Hi')\n```\n\nThat is all."


async def remark(app: LlamaChatApp, pilot: Pilot[int], command: str) -> str:
    """What the app says to a command."""
    before = len(remarks(app))
    await send(app, pilot, command)
    await until(pilot, lambda: len(remarks(app)) > before)
    return remarks(app)[-1]


async def opens(app: LlamaChatApp, pilot: Pilot[int], command: str, text: str) -> None:
    """A command opens a screen with this text; Escape leads back."""
    await send(app, pilot, command)
    await until(pilot, lambda: app.screen is not app.chat_screen and text in shown(app))
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is app.chat_screen)


async def hello(app: LlamaChatApp, pilot: Pilot[int]) -> None:
    await loaded(app, pilot)
    await send(app, pilot, "Hello!")
    await answered(app, pilot, 2)


async def test_commands_that_tell() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        assert "0 of 2048 tokens" in await remark(app, pilot, "/context")
        await hello(app, pilot)
        await opens(app, pilot, "/help", "All keys and commands")
        await opens(app, pilot, "/?", "All keys and commands")
        await opens(app, pilot, "/prompt", "User: Hello!")
        await opens(app, pilot, "/stats", "Generation")
        stats = stored_rows(1)[1].stats
        used = stats["prompt"] + stats["generated"]
        assert f"{used} of 2048 tokens" in await remark(app, pilot, "/context")


async def test_commands_about_chats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with running() as (app, pilot):
        assert "This chat is empty" in await remark(app, pilot, "/export")
        await hello(app, pilot)
        assert "title is missing" in await remark(app, pilot, "/rename")
        await send(app, pilot, "/rename  Letters to Anna ")
        assert app.store.get(1).title == "Letters to Anna"
        assert "Letters to Anna" in shown(app)
        assert "Letters-to-Anna-1.md" in await remark(app, pilot, "/export")
        assert here(app)[1][1] in Path("Letters-to-Anna-1.md").read_text()
        assert "is there already" in await remark(app, pilot, "/save md")
        await remark(app, pilot, "/export json")
        assert json.loads(Path("Letters-to-Anna-1.json").read_text())["version"] == 1
        assert "No such file" in await remark(app, pilot, "/export nowhere/chat.md")
        for name in ("/new", "/clear", "/reset"):
            await send(app, pilot, "/chats 1")
            await until(pilot, lambda: len(texts(app)) == 2)
            await send(app, pilot, name)
            await until(pilot, lambda: texts(app) == [])
        await opens(app, pilot, "/chats", "Letters to Anna")
        await opens(app, pilot, "/sessions", "Letters to Anna")
        assert "There is no chat 9" in await remark(app, pilot, "/chats 9")
        assert "no number" in await remark(app, pilot, "/chats nine")
        deleted = app.store.create(launch().provisional).id
        app.store.delete(deleted)
        assert "is deleted" in await remark(app, pilot, f"/chats {deleted}")
        await send(app, pilot, "/search hello")
        await until(pilot, lambda: "Letters to Anna" in shown(app) and "Hello!" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(texts(app)) == 2)
        assert app.chat_screen.conversation.id == 1


async def test_commands_that_leave() -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "/quit")
        await until(pilot, lambda: not app.is_running)
    assert app.return_value == 0
    assert COMMANDS.find("/quit") == COMMANDS.find("/exit") == COMMANDS.find("/bye")


async def test_commands_about_messages() -> None:
    async with running() as (app, pilot):
        composer = app.chat_screen.composer
        app.chat_screen.conversation.save_draft("a thought")  # makes a chat
        for name in ("/regen", "/undo", "/edit", "/fork", "/copy", "/copy all"):
            assert "Say something first" in await remark(app, pilot, name)
        await hello(app, pilot)
        await send(app, pilot, "/regen")
        await until(pilot, lambda: len(app.store.tree(1)) == 3)
        await answered(app, pilot, 2)
        await send(app, pilot, "/copy")
        assert app.clipboard == here(app)[1][1]
        await send(app, pilot, "/edit answer")
        assert composer.draft == app.clipboard
        composer.area.replace_all(CODE)
        await pilot.press("enter")
        await send(app, pilot, "/copy code")
        assert app.clipboard == "print('Hi')"
        await send(app, pilot, "/copy all")
        assert "print('Hi')" in app.clipboard
        assert "Hello!" in app.clipboard
        assert stored_rows(1)[1].places == 3
        await send(app, pilot, "/fork")
        await until(pilot, lambda: app.chat_screen.conversation.id == 2)
        assert stored(2) == [("user", "Hello!", None), ("assistant", CODE, None)]
        await send(app, pilot, "/edit")
        assert composer.draft == "Hello!"
        await pilot.press("escape")
        await send(app, pilot, "/undo")
        assert here(app) == []
        assert composer.draft == "Hello!"


async def test_commands_about_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("Buy bread.\n")
    Path("code").mkdir()
    for name in ("one", "two"):
        Path(f"code/{name}.py").write_text(f"print('{name}')\n")
    Path("picture.png").write_bytes(b"\x89PNG\0\0")
    async with running() as (app, pilot):
        composer = app.chat_screen.composer
        assert "no text file" in await remark(app, pilot, "/read picture.png")
        assert "cannot be read" in await remark(app, pilot, "/read none.txt")
        assert "The file is missing" in await remark(app, pilot, "/read")
        assert "No file matches" in await remark(app, pilot, "/glob *.rs")
        await send(app, pilot, "/glob code/*.py")
        for text in ("print('one')", "code/two.py"):
            assert text in composer.draft
        assert "one.py" in shown(app)
        assert "print" not in shown(app)  # folded
        composer.clear()
        await send(app, pilot, "/read notes.txt")
        await loaded(app, pilot)
        composer.insert("Hello!")
        await pilot.press("enter")
        await answered(app, pilot, 2)
        assert "Buy bread." in here(app)[0][1]


async def test_commands_about_how_the_chat_goes(babbler: Path) -> None:
    async with running(launch(babbler)) as (app, pilot):
        await loaded(app, pilot)
        conversation = app.chat_screen.conversation
        assert "told first: Transcript of a dialog" in await remark(app, pilot, "/system")
        await send(app, pilot, "/system You are a parrot.")
        await opens(app, pilot, "/prompt", "You are a parrot.")
        await opens(app, pilot, "/template", "socratic")
        await send(app, pilot, "/template socratic")
        await until(pilot, lambda: "prompt template socratic" in shown(app))
        assert conversation.prompt_template == "socratic"
        assert "There is no prompt template" in await remark(app, pilot, "/template nobody")
        await opens(app, pilot, "/model", "bob")
        assert "There is no model 'nobody'" in await remark(app, pilot, "/model nobody")
        assert "No model is being fetched" in await remark(app, pilot, "/download")
        await send(app, pilot, f"/model {BOB}")
        await until(pilot, lambda: "model bob" in shown(app))
        await loaded(app, pilot)
        await send(app, pilot, "Hello!")
        await answered(app, pilot, 2)
        assert stored_rows(1)[1].model == str(BOB)
        assert app.store.get(1).prompt_template == "socratic"


async def test_commands_about_settings_and_looks() -> None:
    async with running() as (app, pilot):
        await loaded(app, pilot)
        await opens(app, pilot, "/set", "temp")
        assert "temp = 0.3" in await remark(app, pilot, "/set temp 0.3")
        assert "no setting" in (await remark(app, pilot, "/set tmp 0.3")).lower()
        assert "takes" in await remark(app, pilot, "/set top_k many")
        assert "There is no model 'nobody'" in await remark(app, pilot, "/set model nobody")
        assert "no prompt template" in await remark(app, pilot, "/set prompt_template nobody")
        assert "loaded again" in await remark(app, pilot, "/set n_ctx 512")
        await hello(app, pilot)
        assert app.store.get(1).settings == {"temp": 0.3}
        assert "of 512 tokens" in await remark(app, pilot, "/context")
        await remark(app, pilot, "/set temp none")
        assert app.store.get(1).settings == {}

        await send(app, pilot, "/theme textual-light")
        assert app.theme == "textual-light"
        assert "There is no theme" in await remark(app, pilot, "/theme pink-elephant")
        await send(app, pilot, "/theme")
        await until(pilot, lambda: app.screen is not app.chat_screen)
        await pilot.press("escape")
        await send(app, pilot, "/panel off")
        await until(pilot, lambda: not app.chat_screen.panel.display)
        assert "one of full, line, off" in await remark(app, pilot, "/panel big")
        await send(app, pilot, "/panel")
        await until(pilot, lambda: app.chat_screen.panel.display)
