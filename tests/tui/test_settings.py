"""The settings screen changes values in words, and gives back only what can be."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from llamachat.bundled import BOB
from llamachat.engine.params import EngineOptions, SamplingParams
from llamachat.tui.screens.settings import Settings, SettingsScreen
from llamachat.tui.screens.settings_groups import FIELDS
from llamachat.tui.screens.settings_row import SettingRow
from llamachat.tui.widgets.choice import Choice
from tests.tui.dialog_host import until

STYLES = Path(__file__).parents[2] / "src" / "llamachat" / "tui" / "styles"
BEFORE = Settings(EngineOptions(BOB), SamplingParams(), -1, "textual-dark", "full", "bob")


class Host(App[None]):
    """Only what the screen needs: its styles, and somebody who waits for the result."""

    CSS_PATH = [STYLES / "dialogs.tcss", STYLES / "settings.tcss"]  # noqa: RUF012

    def __init__(self, before: Settings = BEFORE) -> None:
        super().__init__()
        self.before = before
        self.results: list[tuple[Settings, bool] | None] = []

    def on_mount(self) -> None:
        names = ["assistant", "bob", "coder"]
        screen = SettingsScreen(self.before, prompt_templates=names)
        self.push_screen(screen, self.results.append)


def row(app: Host, key: str) -> SettingRow:
    return next(row for row in app.screen.query(SettingRow) if row.field.key == key)


def words(app: Host, key: str) -> str:
    return str(row(app, key).query_one(".setting-words", Static).content)


def note(app: Host) -> str:
    return str(app.screen.query_one(".dialog-note", Static).content)


async def type_into(pilot: Pilot[Any], app: Host, key: str, text: str) -> None:
    field = row(app, key).query_one(Input)
    field.focus()
    field.value = ""
    await pilot.press(*text)
    await pilot.pause()


async def test_every_row_shows_its_value_and_explains_itself() -> None:
    app = Host()
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: len(app.screen.query(SettingRow)) == len(FIELDS))
        shown = {row.field.key: row.control.value for row in app.screen.query(SettingRow)}
        expected = {
            "model": "", "engine.n_ctx": "0", "engine.threads": "auto",
            "engine.threads_batch": "auto", "engine.cache_type_k": "auto",
            "engine.cache_type_v": "auto", "engine.flash_attention": "auto",
            "prompt_template": "bob", "sampling.temp": "0.8", "sampling.top_k": "40",
            "sampling.top_p": "0.95", "sampling.min_p": "0.05", "sampling.repeat_penalty": "1.0",
            "sampling.seed": "random", "n_predict": "no limit", "theme": "textual-dark",
            "panel": "full", "engine.load_mode": "auto", "engine.fit": "on",
            "engine.deterministic": "off", "markdown": "on",
            "line_endings": "auto", "draft_prefill": "on", "print_on_exit": "off",
            "kv_cache_mb": "auto",
        }  # fmt: skip
        assert expected.items() <= shown.items()
        assert all(words(app, key) for key in shown)
        titles = [
            str(title.content) for title in app.screen.query(".settings-group").results(Static)
        ]
        assert titles[0] == "Model  loads the model again; the chat stays"


@pytest.mark.keys("settings.apply")
async def test_typed_values_are_given_back() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await type_into(pilot, app, "engine.n_ctx", "512")
        await type_into(pilot, app, "sampling.seed", "-1")
        await type_into(pilot, app, "n_predict", "9")
        await pilot.press("ctrl+s")
        expected = replace(BEFORE, options=EngineOptions(BOB, n_ctx=512), n_predict=9)
        assert app.results == [(expected, False)]


async def test_wrong_value_is_told_in_its_row_and_not_given_back() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await type_into(pilot, app, "sampling.temp", "hot")
        assert words(app, "sampling.temp") == "Takes a number."
        await pilot.press("tab", "ctrl+s")
        assert app.results == []
        assert app.focused is row(app, "sampling.temp").control
        assert note(app) == "This cannot be yet."
        await type_into(pilot, app, "sampling.temp", "1")
        assert words(app, "sampling.temp") == FIELDS["sampling.temp"].explanation
        assert note(app) == ""
        await pilot.press("ctrl+s")
        assert app.results == [(replace(BEFORE, sampling=SamplingParams(temp=1.0)), False)]


async def test_file_that_is_no_model_is_refused_when_it_is_to_be_used(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_text("no model")
    app = Host()
    async with app.run_test() as pilot:
        row(app, "model").query_one(Input).value = str(tmp_path / "x.gguf")
        await pilot.pause()
        assert note(app) == "The model will be loaded again."
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.results == []
        assert "x.gguf" in words(app, "model")


async def test_half_typed_path_is_completed(tmp_path: Path) -> None:
    (tmp_path / "small-model.gguf").write_bytes(BOB.read_bytes())
    app = Host()
    async with app.run_test(size=(160, 40)) as pilot:
        field = row(app, "model").query_one(Input)
        field.focus()
        field.value = f"{tmp_path}/sm"
        await pilot.press("end", "a")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("right", "ctrl+s")
        await pilot.pause()
        assert app.results[0] is not None
        assert app.results[0][0].options.model == tmp_path / "small-model.gguf"


async def test_a_half_typed_name_of_an_installed_model_is_completed(tmp_path: Path) -> None:
    app = Host(replace(BEFORE, options=EngineOptions(tmp_path / "other.gguf")))
    async with app.run_test(size=(160, 40)) as pilot:
        field = row(app, "model").query_one(Input)
        field.focus()
        field.value = "b"
        await pilot.press("end", "o")
        await pilot.app.workers.wait_for_complete()
        assert words(app, "model").startswith("There is no model 'bo'. Did you mean bob?")
        await pilot.press("right", "ctrl+s")
        await pilot.pause()
        assert field.value == "bob"
        assert app.results == [(BEFORE, False)]


@pytest.mark.keys("settings.keep")
async def test_choices_are_gone_through_with_arrows_letters_and_clicks() -> None:
    app = Host()
    async with app.run_test(size=(120, 50)) as pilot:
        for key, keys in {
            "engine.cache_type_k": ["right", "right", "left"],
            "engine.flash_attention": ["left"],
            "prompt_template": ["c"],
            "panel": ["space"],
        }.items():
            row(app, key).control.focus()
            await pilot.press(*keys)
        await pilot.click(row(app, "engine.cache_type_v").query_one(Choice))
        await pilot.press("f2")
        await pilot.pause()
        options = EngineOptions(BOB, cache_type_k="f32", cache_type_v="f32", flash_attention="off")
        expected = replace(BEFORE, options=options, prompt_template="coder", panel="line")
        assert app.results == [(expected, True)]


async def test_quantized_v_cache_without_flash_attention_is_refused_until_one_changes() -> None:
    app = Host(replace(BEFORE, options=EngineOptions(BOB, flash_attention="off")))
    async with app.run_test() as pilot:
        row(app, "engine.cache_type_v").control.focus()
        await pilot.press("q")
        await pilot.pause()
        assert words(app, "engine.flash_attention") == "A V cache of q8_0 needs auto or on."
        await pilot.press("f")
        await pilot.pause()
        assert not row(app, "engine.flash_attention").refused


async def test_theme_is_chosen_from_those_there_are() -> None:
    app = Host()
    async with app.run_test() as pilot:
        row(app, "theme").control.focus()
        await pilot.press("n", "ctrl+s")
        await pilot.pause()
        assert app.results[0] is not None
        assert app.results[0][0].theme == "nord"


async def test_arrow_keys_go_from_row_to_row() -> None:
    app = Host()
    async with app.run_test() as pilot:
        assert app.focused is row(app, "model").control
        await pilot.press("down", "enter", "down")
        assert app.focused is row(app, "engine.threads_batch").control
        await pilot.press("up")
        assert app.focused is row(app, "engine.threads").control


async def test_escape_gives_nothing_back() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await type_into(pilot, app, "sampling.temp", "0.1")
        await pilot.press("escape")
        assert app.results == [None]


async def test_row_of_the_prompt_template_is_left_out_where_there_is_none() -> None:
    app = Host(replace(BEFORE, prompt_template=None))
    async with app.run_test() as pilot:
        assert not [r for r in app.screen.query(SettingRow) if r.field.key == "prompt_template"]
        await pilot.press("ctrl+s")
        assert app.results == [(replace(BEFORE, prompt_template=None), False)]


def in_view(app: Host, row: SettingRow) -> bool:
    return app.screen.region.contains_region(row.control.region)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_every_field_is_wide_enough_and_on_the_screen(size: tuple[int, int]) -> None:
    app = Host()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: len(app.screen.query(SettingRow)) == len(FIELDS))
        for found in app.screen.query(SettingRow):
            found.control.focus()
            await until(pilot, partial(in_view, app, found))
            assert found.control.region.width >= 20
            assert found.control.region.height == 1
            assert found.query_one(".setting-words").region.right <= size[0]
