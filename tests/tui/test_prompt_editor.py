"""The editor of prompt templates: what is typed, and what is said and shown of it at once."""

import threading
from collections.abc import Iterator

import pytest
from textual.pilot import Pilot

from llamachat.bundled import BOB
from llamachat.chat.prompt_files import save_prompt_template
from llamachat.chat.prompt_library import shipped_folder
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import Prompt, prompt_text
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineError
from llamachat.tui.screens import prompt_editor, prompt_verdict
from llamachat.tui.screens.prompt_editor import PromptTemplateEditor
from llamachat.tui.screens.prompt_verdict import PromptVerdict
from llamachat.tui.widgets.prompt_view import PromptView
from tests.tui.dialog_host import until
from tests.tui.overlay_app import screen_text, showing


def view(editor: PromptTemplateEditor) -> str:
    return editor.query_one(PromptView).text


def verdict(editor: PromptTemplateEditor) -> str:
    return editor.query_one(PromptVerdict).text


@pytest.fixture(autouse=True)
def looked_at_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_editor, "DEBOUNCE", 0.05)


async def write(editor: PromptTemplateEditor, pilot: Pilot[None], text: str) -> None:
    """Replace everything, and wait until it was looked at."""
    before = editor._inspection
    editor.area.replace_all(text)
    await until(pilot, lambda: editor._inspection is not before)


@pytest.fixture
def bob() -> Iterator[ProcessEngine]:
    engine = ProcessEngine(EngineOptions(BOB, n_ctx=512, threads=1))
    yield engine
    engine.close()


async def test_prompt_and_its_tokens_stand_beside_the_text(bob: ProcessEngine) -> None:
    editor = PromptTemplateEditor("bob", count=bob.count, info=bob.info)
    async with showing(editor) as (app, pilot):
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert view(editor).endswith("capital of Russia.\nUser: …\nBob:")
        assert editor.area.text == (shipped_folder() / "bob.toml").read_text()
        known = bob.count(editor._inspection.preview.prompt)  # type: ignore[union-attr]
        assert verdict(editor) == f"Sound · {known} tokens"
        assert known > 50


async def test_rendered_prompt_follows_the_typing() -> None:
    editor = PromptTemplateEditor("translator", count=lambda prompt: len(prompt_text(prompt)))
    async with showing(editor) as (app, pilot):
        await write(editor, pilot, 'preamble = "Only ${topic}.\\n"')
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert view(editor) == "Only ‹topic›.\nUser: …\nAssistant:"
        assert verdict(editor) == f"Sound · {len(view(editor))} tokens · asks for topic"


async def test_chat_goes_through_the_chat_template_of_the_model() -> None:
    jinja = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    info = ScriptedEngine([], chat_template=jinja).info
    editor = PromptTemplateEditor("coder", info=info)
    async with showing(editor):
        assert view(editor).startswith("<system>You are Ada")
        assert view(editor).endswith("<user>…<assistant>")


@pytest.mark.keys("prompt_editor.fault")
async def test_faults_are_told_with_place_and_their_lines_are_marked() -> None:
    editor = PromptTemplateEditor("bob")
    async with showing(editor) as (_, pilot):
        before = view(editor)
        await write(editor, pilot, 'form = "both"\n\n[roles]\n  usr = "x"\n')
        assert verdict(editor).splitlines() == [
            '1:1    form must be "transcript", "chat" or "auto".',
            "4:3    there is no key 'usr' in [roles]. Did you mean user?",
        ]
        assert editor.area.marked == {1, 4}
        assert view(editor) == before
        await pilot.press("f8")
        assert editor.area.cursor_location == (3, 2)
        await pilot.press("f8")
        assert editor.area.cursor_location == (0, 0)
        await write(editor, pilot, 'form = "chat"')
        assert editor.area.marked == frozenset()


async def test_busy_engine_shows_an_ellipsis_and_is_asked_one_thing_at_a_time() -> None:
    asked: list[str] = []
    free = threading.Event()

    def count(prompt: Prompt) -> int:
        asked.append(prompt_text(prompt))
        free.wait(10)
        return 7

    editor = PromptTemplateEditor("bob", count=count)
    async with showing(editor) as (_, pilot):
        for word in ("one", "two", "three"):
            await write(editor, pilot, f'preamble = "{word}"')
        assert verdict(editor) == "Sound · … tokens"
        assert len(asked) == 1
        free.set()
        await until(pilot, lambda: verdict(editor) == "Sound · 7 tokens")
        assert [text[:5] for text in asked[1:]] == ["three"]


async def test_engine_that_cannot_count_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_verdict, "RETRY", 0.05)
    busy = [EngineError("busy"), EngineError("busy")]

    def count(prompt: Prompt) -> int:
        if busy:
            raise busy.pop()
        return 1

    editor = PromptTemplateEditor("bob", count=count)
    async with showing(editor) as (_, pilot):
        await until(pilot, lambda: verdict(editor) == "Sound · 1 token")


async def test_control_characters_of_a_file_never_reach_the_terminal() -> None:
    save_prompt_template("evil", '# \x1b]0;title\x07\npreamble = "\\u001b[31m"\n')
    async with showing(PromptTemplateEditor("evil")) as (app, _):
        text = screen_text(app)
        assert "\x1b" not in text
        assert "␛]0;title␇" in text


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 60), (40, 16)])
async def test_everything_has_a_place_on_every_terminal(width: int, height: int) -> None:
    editor = PromptTemplateEditor("bob", count=lambda prompt: 7)
    async with showing(editor, width, height) as (app, pilot):
        pieces = ("Prompt template bob", "The classic", "Transcript of", "Sound", "Save")
        await until(pilot, lambda: all(piece in screen_text(app) for piece in pieces))
        beside = width >= 90
        assert (editor.query_one(PromptView).region.x > 10) == beside
