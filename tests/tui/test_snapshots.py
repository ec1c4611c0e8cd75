"""Pictures of the app. What matters is asserted in words elsewhere; these show how it looks."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from llamachat.config.values import Config
from llamachat.errors import EngineDied
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.chat_screen import ChatScreen
from tests.tui.chat_app import launch
from tests.tui.panel_app import READING, WRITING
from tests.tui.pictures import CAPITALS, Studio, ready, studio

SnapCompare = Callable[..., bool]
WIDE = (120, 36)


@pytest.fixture
def pictures(prompt_frames: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with studio(monkeypatch) as opened:
        yield opened


def screen_of(pilot: Pilot[int]) -> ChatScreen:
    assert isinstance(pilot.app, LlamaChatApp)
    return pilot.app.chat_screen


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
