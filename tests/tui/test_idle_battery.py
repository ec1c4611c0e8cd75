"""On battery no draft is read, as Linux tells it; back on mains the next word is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.chat.conversation import Conversation
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.hardware.power import on_battery
from llamachat.tui import idle
from tests.tui.test_idle_thread import Noting, Rig, until


class Supplies:
    """A laptop's /sys/class/power_supply."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name, kind in (("AC", "Mains"), ("BAT0", "Battery")):
            (folder / name).mkdir(parents=True)
            (folder / name / "type").write_text(f"{kind}\n")

    def plug(self, fed: bool) -> None:
        (self._folder / "AC/online").write_text(f"{int(fed)}\n")
        (self._folder / "BAT0/status").write_text("Charging\n" if fed else "Discharging\n")


@pytest.fixture
def supplies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Supplies:
    folder = tmp_path / "sys/class/power_supply"
    monkeypatch.setattr(idle, "on_battery", lambda: on_battery(folder))
    return Supplies(folder)


@pytest.fixture
def rig(supplies: Supplies) -> Iterator[Rig]:
    made = Rig()
    yield made
    made.idle.leave()


def test_the_battery_is_spared_and_the_mains_are_not(rig: Rig, supplies: Supplies) -> None:
    rig.host.present = engine = Noting()
    with ChatStore() as store:
        conversation = Conversation(store, load_prompt_template("bob").fill())
        supplies.plug(False)
        rig.idle.written(conversation, "one two three ")
        time.sleep(0.2)
        assert (engine.given, rig.told) == ([], [])
        supplies.plug(True)
        rig.idle.written(conversation, "one two three four ")
        until(lambda: rig.told and rig.told[-1][0] > 0)
        assert len(engine.given) == 1 and engine.given[0].endswith("four")
        supplies.plug(False)
        rig.idle.written(conversation, "one two three four five ")
        time.sleep(0.2)
        assert len(engine.given) == 1
