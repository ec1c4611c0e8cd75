"""Copying, with real processes in the place of clipboard programs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.app import App

from llamachat.tui import clipboard
from llamachat.tui.clipboard import OSC52_LIMIT, clipboard_program, copy
from tests.tui.chat_app import running, until


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, on a machine without any desktop."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "WSL_DISTRO_NAME", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    return folder


def install(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_the_environment_chooses_the_program(programs: Path) -> None:
    for name in ("wl-copy", "xclip", "xsel", "clip.exe"):
        install(programs, name, "true")
    path = {"PATH": str(programs)}
    assert clipboard_program(path) is None
    assert clipboard_program(path | {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}) == ("wl-copy",)
    assert (clipboard_program(path | {"DISPLAY": ":0"}) or ("",))[0] == "xclip"
    assert clipboard_program(path | {"WSL_DISTRO_NAME": "Debian"}) == ("clip.exe",)
    (programs / "xclip").unlink()
    assert (clipboard_program(path | {"DISPLAY": ":0"}) or ("",))[0] == "xsel"
    assert clipboard_program(path | {"SSH_CONNECTION": "a", "WAYLAND_DISPLAY": "w"}) is None


async def test_without_a_program_the_terminal_gets_it(programs: Path) -> None:
    app = App[None]()
    async with app.run_test():
        said = await copy(app, "grün\nund \ud800")
        assert app.clipboard == "grün\nund ?"
        assert said == "Sent 10 characters in 2 lines to the terminal's clipboard (OSC 52)."


async def test_a_program_gets_the_text_as_well(
    programs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(programs, "wl-copy", f"/bin/cat > {tmp_path}/copied")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    app = App[None]()
    async with app.run_test():
        said = await copy(app, "words " * 30_000)
    assert said == "Copied 180,000 characters to the clipboard."
    assert (tmp_path / "copied").read_text() == "words " * 30_000 == app.clipboard


async def test_a_program_that_fails_or_hangs_leaves_it_to_the_terminal(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setattr(clipboard, "SECONDS", 0.2)
    app = App[None]()
    async with app.run_test():
        for script in ("exit 1", "exec /bin/sleep 60"):
            install(programs, "xclip", script)
            began = time.monotonic()
            assert "OSC 52" in await copy(app, "x")
            assert time.monotonic() - began < 5


async def test_a_text_too_long_for_terminals_is_said(programs: Path) -> None:
    app = App[None]()
    async with app.run_test():
        assert "check that it arrived" in await copy(app, "ü" * (OSC52_LIMIT // 2 + 1))
        assert "OSC 52" in await copy(app, "ü" * (OSC52_LIMIT // 2))


@pytest.mark.usefixtures("quick")
async def test_what_is_cut_reaches_the_program_too(
    programs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(programs, "wl-copy", f"/bin/cat > {tmp_path}/copied")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    async with running() as (app, pilot):
        app.chat_screen.composer.insert("a word\ud800")
        await pilot.press("alt+a", "ctrl+x")
        assert app.clipboard == "a word\ufffd"
        await until(pilot, lambda: (tmp_path / "copied").exists())
        await until(pilot, lambda: (tmp_path / "copied").read_text() == "a word\ufffd")
