"""Pictures of the app. What matters is asserted in words elsewhere; these show how it looks."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from llamachat.config.values import Config
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.chat_screen import ChatScreen
from llamachat.tui.engine_host import EngineHost
from llamachat.tui.screens import welcome
from tests.tui.chat_app import launch, until
from tests.tui.overlay_app import screen_text
from tests.tui.panel_app import READING, WRITING
from tests.tui.pictures import CAPITALS, Studio, keep, ready, studio
from tests.tui.test_welcome import MACHINE

SnapCompare = Callable[..., bool]
WIDE = (120, 36)
TITLES = ("Letters to Anna", "Plan a week in Lisbon", "Why is the sky blue?", "日本語の練習")


@pytest.fixture
def pictures(prompt_frames: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with studio(monkeypatch) as opened:
        yield opened


def screen_of(pilot: Pilot[int]) -> ChatScreen:
    assert isinstance(pilot.app, LlamaChatApp)
    return pilot.app.chat_screen


async def appears(pilot: Pilot[int], text: str) -> None:
    """Wait for a text that a thread provides."""
    await until(pilot, lambda: text in screen_text(pilot.app))
    pilot.app.screen.refresh()  # reading it drew it without the chat below


class TestChat:
    def test_empty(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        assert snap_compare(pictures.app(), run_before=ready(), terminal_size=WIDE)

    def test_80_by_24(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        assert snap_compare(pictures.app(CAPITALS), run_before=ready(), terminal_size=(80, 24))

    def test_light_theme(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        app = pictures.app(CAPITALS, start=launch(config=Config(theme="textual-light")))
        assert snap_compare(app, run_before=ready(), terminal_size=WIDE)

    def test_cjk(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        async def type_more(pilot: Pilot[int]) -> None:
            screen_of(pilot).composer.insert("もう一度お願いします。👩‍👩‍👧 谢谢")

        turns = [
            ("日本の首都はどこですか。", "日本の首都は**東京**です。\n\n- 面積 🗾\n- 人口", "stop")
        ]
        app = pictures.app(turns)  # type: ignore[arg-type]
        assert snap_compare(app, run_before=ready(type_more), terminal_size=WIDE)


class TestAnswer:
    def test_prefilling(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        async def ask(pilot: Pilot[int]) -> None:
            screen = screen_of(pilot)
            await screen.turns.ask("And what is the capital of Italy?")
            screen.panel.show(replace(READING, memory=WRITING.memory))

        assert snap_compare(pictures.app(CAPITALS), run_before=ready(ask), terminal_size=WIDE)

    def test_streaming(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        async def ask(pilot: Pilot[int]) -> None:
            screen = screen_of(pilot)
            await screen.turns.ask("And what is the capital of Italy?")
            await screen.transcript.write("The capital of Italy is **Rome**, which lies on the `Ti")
            screen.panel.show(WRITING)

        assert snap_compare(pictures.app(CAPITALS), run_before=ready(ask), terminal_size=WIDE)

    def test_stopped(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        app = pictures.app([*CAPITALS, ("Tell me everything.", "It all began", "cancelled")])
        assert snap_compare(app, run_before=ready(), terminal_size=WIDE)

    def test_crashed_engine(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        async def die(pilot: Pilot[int]) -> None:
            screen = screen_of(pilot)
            screen.fail(EngineDied("The engine was killed (SIGKILL).", "Just ask again."))
            screen.panel.restarted()

        app = pictures.app([*CAPITALS, ("Tell me everything.", "It all began", "died")])
        assert snap_compare(app, run_before=ready(die), terminal_size=WIDE)

    def test_editing(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        async def edit(pilot: Pilot[int]) -> None:
            await pilot.press("f6", "up", "e")

        assert snap_compare(pictures.app(CAPITALS), run_before=ready(edit), terminal_size=WIDE)


class TestDialogs:
    def test_chat_list(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        for day, title in enumerate(TITLES):
            keep(pictures.store, [(title, "Gladly.", "stop")], day=day)

        async def listed(pilot: Pilot[int]) -> None:
            await pilot.press("ctrl+o")
            await appears(pilot, "Gladly.")

        assert snap_compare(pictures.app(CAPITALS), run_before=ready(listed), terminal_size=WIDE)

    def test_search(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        for day, title in enumerate(TITLES):
            keep(pictures.store, [(title, "It is the **capital** of good taste.", "stop")], day=day)

        async def found(pilot: Pilot[int]) -> None:
            await pilot.press("ctrl+f", *"capital")
            await appears(pilot, "good taste")

        assert snap_compare(pictures.app(CAPITALS), run_before=ready(found), terminal_size=WIDE)

    def test_prompt_template_editor(
        self, pictures: Studio, snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine = ScriptedEngine(["Gladly."])
        monkeypatch.setattr(EngineHost, "engine", property(lambda _: engine))

        async def edit(pilot: Pilot[int]) -> None:
            screen_of(pilot).overlays.edit_prompt_template("translator")
            await appears(pilot, "tokens")

        assert snap_compare(pictures.app(), run_before=ready(edit), terminal_size=WIDE)

    def test_welcome(
        self, pictures: Studio, snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(welcome, "read_machine", lambda: MACHINE)

        async def seen(pilot: Pilot[int]) -> None:
            await appears(pilot, "Model T")

        app = pictures.app(start=launch(first_run=True))
        assert snap_compare(app, run_before=ready(seen), terminal_size=WIDE)

    def test_help(self, pictures: Studio, snap_compare: SnapCompare) -> None:
        async def ask(pilot: Pilot[int]) -> None:
            await pilot.press("f1")
            await appears(pilot, "All keys and commands")
            await until(pilot, lambda: len(pilot.app.screen.query(".help-section")) > 10)

        assert snap_compare(pictures.app(), run_before=ready(ask), terminal_size=WIDE)
