"""A model is built while one chats, and can be used when it is there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.gguf.generated import LlamaShape, write_generated_llama
from llamachat.models.library import find_model
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.builds import Builds
from llamachat.tui.widgets.build_line import BuildLine
from tests.hub_server import HubServer
from tests.tui.chat_app import answered, running, until
from tests.tui.chat_steps import loaded, remarks, send
from tests.unit.build.hf_folders import CASES, write_folder

pytestmark = pytest.mark.usefixtures("quick")

SHAPE = LlamaShape(2, 512, 8, 8, 1536, 2048, 256)


def model(folder: Path, n_layer: int = SHAPE.n_layer) -> Path:
    """A moment's work for IQ4_NL, or a longer one."""
    path = folder / "a model.gguf"
    write_generated_llama(path, replace(SHAPE, n_layer=n_layer), "f16")
    return path


def line_of(app: LlamaChatApp) -> BuildLine:
    return app.chat_screen.query_one(BuildLine)


async def test_the_chat_goes_on_while_a_model_is_built_and_then_it_answers(tmp_path: Path) -> None:
    source = model(tmp_path)
    async with running() as (app, pilot):
        await loaded(app, pilot)
        await send(app, pilot, f"/build '{source}' --type iq4_nl --threads 1 --name mine")
        await until(pilot, lambda: "/build cancel" in line_of(app).text)
        assert "a model.gguf" in line_of(app).text
        await send(app, pilot, "What is the capital of Portugal?")
        await answered(app, pilot, 2)
        await until(pilot, lambda: any("mine: built and verified" in t for t in remarks(app)))
        assert not line_of(app).has_class("-fetching")
        built = find_model("mine")
        assert built is not None
        await send(app, pilot, "/model mine")
        await until(pilot, lambda: app.chat_screen.desk.model == built.path)


async def test_what_is_fetched_first_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = next(case for case in CASES if case.name == "tied-f16")
    write_folder(tmp_path / "original", case)
    files = {path.name: path.read_bytes() for path in (tmp_path / "original").iterdir()}
    with HubServer() as server:
        server.add("somebody/small", files)
        server.rate = len(files["model.safetensors"]) / 0.7
        for name, value in server.environment(tmp_path / "hf").items():
            monkeypatch.setenv(name, value)
        async with running() as (app, pilot):
            await send(app, pilot, "/build somebody/small --type q8_0")
            await until(pilot, lambda: "waiting: model.safetensors" in line_of(app).text)
            await until(pilot, lambda: any("small-Q8_0: built" in t for t in remarks(app)))


async def test_a_build_is_cancelled_and_leaves_nothing(tmp_path: Path) -> None:
    source = model(tmp_path, n_layer=12)
    async with running() as (app, pilot):
        await send(app, pilot, f"/build '{source}' --type iq4_nl -t 1 --out {tmp_path}/out/")
        await until(pilot, lambda: "B/s" in line_of(app).text)
        await send(app, pilot, "/build anything --type q4_0")
        await until(pilot, lambda: any("is being built already" in t for t in remarks(app)))
        await send(app, pilot, "/build cancel")
        await until(pilot, lambda: any("nothing of it stays" in t for t in remarks(app)))
        assert not app.chat_screen.builds.busy
    assert list((tmp_path / "out").iterdir()) == []


async def test_what_goes_wrong_is_said_in_the_chat(tmp_path: Path) -> None:
    async with running() as (app, pilot):
        await send(app, pilot, "/build")
        await until(
            pilot, lambda: any("weights to build from are missing" in t for t in remarks(app))
        )
        await send(app, pilot, f"/build {tmp_path}/none --type q4_0")
        await until(pilot, lambda: any(f"There is no {tmp_path}/none." in t for t in remarks(app)))
        await send(app, pilot, "/build 'open --type q4_0")
        await until(pilot, lambda: any("No closing quotation" in t for t in remarks(app)))


async def test_leaving_the_app_ends_the_build(tmp_path: Path) -> None:
    source = model(tmp_path, n_layer=12)
    async with running() as (app, pilot):
        await send(app, pilot, f"/build '{source}' --type iq4_nl -t 1 --out {tmp_path}/out/")
        await until(pilot, lambda: "B/s" in line_of(app).text)
        builds = app.chat_screen.builds
    await until_ended(builds)
    assert list((tmp_path / "out").iterdir()) == []


async def until_ended(builds: Builds) -> None:
    for _ in range(200):
        if not builds.busy:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it goes on")
