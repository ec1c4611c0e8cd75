"""Choosing a model, with real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.metadata import text
from llamachat.models.found import Place
from llamachat.tui.screens.models import ModelsScreen
from tests.tui.dialog_host import DialogHost, footer_of, lines_of, text_of, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "models"
    place.mkdir()
    for name in ("alder", "birch"):
        path = place / f"{name}.gguf"
        write_generated_llama(path, TINY, "q8_0", metadata={"general.name": text(name.title())})
    (place / "notes.gguf").write_text("not a model at all")
    return place


async def test_models_are_listed_with_type_size_and_verdict(folder: Path) -> None:
    screen = ModelsScreen(current=folder / "birch.gguf", places=[Place(folder)])
    async with DialogHost(screen).run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: "3 found" in text_of(screen.query_one(".dialog-note")))
        await pilot.pause()
        rows = lines_of(screen.listing)
        assert rows[0].startswith("Birch  in use") and rows[0].endswith("fits")
        assert "Q8_0" in rows[0] and "MB" in rows[0]
        assert str(folder)[:20] in rows[1]
        assert rows[2].startswith("Bob") and rows[4].startswith("Alder")


@pytest.mark.keys("models.use")
async def test_a_found_model_is_chosen_by_words_and_enter(folder: Path) -> None:
    screen = ModelsScreen(places=[Place(folder)])
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await until(pilot, lambda: screen.listing.option_count == 3)
        await pilot.press(*"alder", "enter")
    assert app.results == [folder / "alder.gguf"]


@pytest.mark.keys("models.complete")
async def test_a_path_is_typed_with_completion(folder: Path) -> None:
    screen = ModelsScreen(places=[])
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        screen.field.value = f"{folder.parent}/mod"
        await until(pilot, lambda: screen.listing.chosen == f"{folder}/")
        assert "Complete" in footer_of(pilot)
        await pilot.press("tab")
        await until(pilot, lambda: screen.listing.option_count == 3)
        assert screen.field.value == f"{folder}/"
        await pilot.press("b")
        await until(pilot, lambda: screen.listing.option_count == 1)
        await pilot.press("enter")
    assert app.results == [folder / "birch.gguf"]


async def test_enter_goes_into_a_folder(folder: Path) -> None:
    screen = ModelsScreen(places=[])
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        screen.field.value = f"{folder.parent}/mod"
        await until(pilot, lambda: screen.listing.chosen == f"{folder}/")
        await pilot.press("enter")
        await until(pilot, lambda: screen.listing.option_count == 3)
        assert app.results == []


@pytest.mark.parametrize(
    ("name", "why"),
    [("notes.gguf", "is a text file"), ("absent.bin", "There is no file"), ("", "is a")],
)
async def test_a_wrong_file_is_refused_in_words(folder: Path, name: str, why: str) -> None:
    screen = ModelsScreen(places=[])
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        screen.field.value = f"{folder}/{name}"
        await pilot.pause(0.1)
        await until(pilot, lambda: not name or screen.listing.option_count < 2)
        screen.listing.highlighted = None
        await pilot.press("enter")
        await pilot.pause()
        assert why in text_of(screen.query_one(".dialog-error"))
        assert app.results == []
        await pilot.press("a")
        assert not screen.has_class("-refused")


async def test_bob_is_always_there_and_gone_models_are_not(tmp_path: Path) -> None:
    screen = ModelsScreen(recent=[tmp_path / "gone.gguf"], places=[])
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await until(pilot, lambda: screen.listing.option_count == 1)
        await pilot.press("enter")
    assert app.results == [BOB]


async def test_enter_right_after_a_path_takes_the_path_and_not_an_older_row(folder: Path) -> None:
    screen = ModelsScreen(places=[])
    app = DialogHost(screen)
    async with app.run_test() as pilot:
        await until(pilot, lambda: screen.listing.chosen == str(BOB))
        screen.field.value = f"{folder}/alder.gguf"
        screen.action_choose()
        await pilot.pause()
    assert app.results == [folder / "alder.gguf"]
