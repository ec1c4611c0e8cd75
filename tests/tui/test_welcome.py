"""The first start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.hardware.cores import Cores
from llamachat.hardware.isa import Arch, Cpu, Feature
from llamachat.hardware.memory import MemoryState
from llamachat.models import first, library
from llamachat.models.catalog import find
from llamachat.models.checksum import digest_file
from llamachat.models.found import Place
from llamachat.models.importing import import_model
from llamachat.models.quantization import Preference
from llamachat.tui.screens.machine import Machine, read_machine
from llamachat.tui.screens.models import ModelsScreen
from llamachat.tui.screens.welcome import WelcomeScreen
from tests.tui.dialog_host import DialogHost, text_of, until

GB = 1_000_000_000
MACHINE = Machine(
    cpu=Cpu(Arch.X86_64, "Model T", frozenset({Feature.AVX2, Feature.AMX_INT8})),
    cores=Cores(logical=8, physical=4, performance=4, affinity=8, reachable=4),
    memory=MemoryState(16 * GB, 9 * GB, 0, 0),
    disk_free=100 * GB,
    proof="proved: fast",
)


FAST = Preference("Q4_0", "faster")


def welcome(machine: Machine = MACHINE, *, places: Sequence[Place] | None = None) -> WelcomeScreen:
    return WelcomeScreen(machine, preference=FAST, places=places)


async def test_it_says_what_the_machine_is_and_which_model_fits() -> None:
    screen = welcome()
    async with DialogHost(screen).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        facts = text_of(screen.query_one(".welcome-machine"))
        assert "Model T" in facts
        assert "AVX2, AMX_INT8; proved: fast" in facts
        assert "4; 4 threads compute" in facts
        assert "16 GB, 9.0 GB usable now" in facts
        assert "100 GB free" in facts
        verdict = text_of(screen.query_one(".welcome-verdict")).replace("\n", " ")
        assert "Llama-2-7B-Chat in Q4_0 needs about 5.0 GB" in verdict
        assert "3.83 GB weights + 1.07 GB KV cache + 103 MB compute buffers" in verdict
        assert "Llama 2 Community License Q4_0: faster" in verdict


@pytest.mark.parametrize(
    ("available", "disk", "said"),
    [
        (1 * GB, 100 * GB, "TinyLlama-1.1B-Chat in Q4_K_M needs about 834 MB"),
        (9 * GB, 1 * GB, "The disk has no room for it (3.83 GB)."),
    ],
)
async def test_a_small_machine_gets_a_smaller_answer(available: int, disk: int, said: str) -> None:
    memory = MemoryState(16 * GB, available, 0, 0)
    screen = welcome(replace(MACHINE, memory=memory, disk_free=disk))
    async with DialogHost(screen).run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        assert said in text_of(screen.query_one(".welcome-verdict"))


async def test_bob_is_two_keys_away() -> None:
    app = DialogHost(welcome())
    async with app.run_test() as pilot:
        await pilot.press("down", "down", "enter")
    assert app.results == [("bob",)]


@pytest.mark.keys("welcome.choose")
async def test_a_file_comes_from_the_list_of_models() -> None:
    app = DialogHost(welcome(places=[Place(BOB.parent)]))
    async with app.run_test() as pilot:
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ModelsScreen))
        screen = app.screen
        assert isinstance(screen, ModelsScreen)
        await until(pilot, lambda: screen.listing.option_count > 0)
        await pilot.press("enter")
        await pilot.pause()
    assert app.results == [("file", BOB)]


async def test_getting_the_suggested_model_is_one_key() -> None:
    app = DialogHost(welcome())
    async with app.run_test() as pilot:
        await pilot.press("enter")
    assert app.results == [("get", find("llama-2-7b-chat:Q4_0"))]


async def test_a_suggested_model_that_is_here_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = import_model(BOB, name="bobby", how="copy").path
    suggested = find("llama-2-7b-chat:Q4_0")
    assert suggested is not None
    same = replace(suggested, sha256=digest_file(BOB).hex)
    for module in (library, first):
        monkeypatch.setattr(module, "catalog", lambda: (same,))
    monkeypatch.setattr(library, "by_sha256", lambda _: same)
    app = DialogHost(welcome())
    async with app.run_test() as pilot:
        await pilot.press("enter")
    assert app.results == [("file", here)]


async def test_a_short_terminal_keeps_the_ways_on_in_view() -> None:
    screen = welcome()
    async with DialogHost(screen).run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        ways = screen.query_one(".welcome-ways")
        assert ways.region.bottom < 16
        assert "Talk to Bob now" in text_of(ways)


def test_this_machine_has_figures(tmp_path: Path) -> None:
    machine = read_machine()
    assert machine.memory.usable > 0
    assert machine.proof.startswith(("proved", "the engine's fast kernels", "not proved"))
    assert [label for label, _ in machine.rows()][:2] == ["Processor", "Instructions"]
