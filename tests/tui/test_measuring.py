"""The machine is measured once for a model, while nobody waits, and out of everybody's way."""

from __future__ import annotations

import signal
import time

import pytest

from llamachat.bundled import BOB
from llamachat.config.values import Config
from llamachat.engine.tuning.store import remembered
from llamachat.engine.tuning.values import Tuning
from llamachat.tui import measuring, tuner
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.widgets.panel_facts import MEASURING
from tests.tui.chat_app import answered, launch, running, until
from tests.tui.chat_steps import here, loaded, remarks, send, signal_engine

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch, unmeasured: None) -> None:
    """Whoever is quiet for a moment is measured for a moment, whatever else runs here."""
    monkeypatch.setattr(tuner, "QUIET", 0.1)
    monkeypatch.setattr(tuner, "SECONDS", 0.5)
    monkeypatch.setattr(tuner, "OTHERS", 9.0)
    monkeypatch.setattr(measuring, "PERIOD", 0.02)


def slow_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuner, "SECONDS", 120.0)


def found() -> Tuning | None:
    return remembered(BOB, fast=True) or remembered(BOB, fast=False)


def measures(app: LlamaChatApp) -> bool:
    return MEASURING in app.chat_screen.panel.text


async def test_first_use_is_measured_when_idle_and_the_second_is_not() -> None:
    async with running() as (app, pilot):
        await until(pilot, lambda: measures(app) or found())
        await until(pilot, lambda: found() and not measures(app))
        tuning = found()
        assert tuning is not None
        assert {v.candidate.knob for v in tuning.verdicts} == {
            "flash_attention", "n_ubatch", "cache_type",
        }  # fmt: skip
        assert any("This machine was measured" in text for text in remarks(app)) == bool(
            tuning.chosen
        )
    async with running() as (app, pilot):
        await until(pilot, lambda: not app.chat_screen.tuner.wanted)
        assert not measures(app)
    assert found() == tuning


async def test_escape_skips_it_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_search(monkeypatch)
    async with running() as (app, pilot):
        await until(pilot, lambda: measures(app))
        assert app.chat_screen.check_action("stop", ()) is True
        await pilot.press("escape")
        await until(pilot, lambda: not measures(app))
        assert any("llamachat tune" in text for text in remarks(app))
        assert app.chat_screen.check_action("stop", ()) is None
        assert not app.chat_screen.tuner.wanted
    tuning = found()
    assert tuning is not None
    assert tuning.why_not == tuner.SKIPPED


async def test_message_is_answered_at_once_and_the_search_goes_on_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow_search(monkeypatch)
    async with running() as (app, pilot):
        await until(pilot, lambda: measures(app))
        began = time.monotonic()
        await send(app, pilot, "hello there")
        await answered(app, pilot, 2)
        assert time.monotonic() - began < 10
        assert [role for role, _, _ in here(app)] == ["user", "assistant"]
        assert here(app)[1][2] in ("stop", "eos", "length")
        await until(pilot, lambda: measures(app))
    assert found() is None


@pytest.mark.slow
async def test_who_writes_is_not_disturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuner, "QUIET", 1.5)
    async with running(launch(config=Config(draft_prefill=False))) as (app, pilot):
        await loaded(app, pilot)
        for letter in "abcdefghij":
            await pilot.press(letter)
            await pilot.pause(0.2)
            assert not app.chat_screen.tuner.busy
        await until(pilot, lambda: measures(app) or found())


@pytest.mark.slow
async def test_it_is_not_measured_where_that_is_not_wanted_or_on_battery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(launch(config=Config(tune=False))) as (app, pilot):
        await loaded(app, pilot)
        await pilot.pause(0.4)
        assert not app.chat_screen.tuner.wanted
    monkeypatch.setattr(tuner, "on_battery", lambda: True)
    async with running() as (app, pilot):
        await loaded(app, pilot)
        await pilot.pause(0.4)
        assert app.chat_screen.tuner.wanted
        assert not app.chat_screen.tuner.busy
    assert found() is None


@pytest.mark.slow
async def test_engine_that_dies_of_it_comes_back_and_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow_search(monkeypatch)
    async with running() as (app, pilot):
        await until(pilot, lambda: measures(app))
        signal_engine(app, signal.SIGKILL)
        await until(pilot, lambda: app.chat_screen.panel.engine == "restarted")
        await send(app, pilot, "hello there")
        await answered(app, pilot, 2)
        assert not app.chat_screen.tuner.wanted
    tuning = found()
    assert tuning is not None
    assert tuning.why_not == tuner.DIED
