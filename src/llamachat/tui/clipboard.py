"""Copying: to the terminal through OSC 52, and to the system's clipboard where a program offers it.

OSC 52 is always sent: it also crosses SSH. No terminal confirms it and many cut it off, so where a
clipboard program exists that fits the environment, it gets the text as well. Returns what was done
in words. Knows nothing of what is copied.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from typing import Any

from textual.app import App

OSC52_LIMIT = 74_994
"""bytes of text; hterm and xterm take sequences of at most 100,000 bytes, base64 included"""
SECONDS = 2.0
"""a clipboard program that takes longer is left alone"""

_PROGRAMS = {
    "pbcopy": ("pbcopy",),
    "wl-copy": ("wl-copy",),
    "xclip": ("xclip", "-selection", "clipboard", "-in"),
    "xsel": ("xsel", "--clipboard", "--input"),
    "clip.exe": ("clip.exe",),
}


def clipboard_program(environ: Mapping[str, str] | None = None) -> tuple[str, ...] | None:
    """The command that fills this environment's clipboard; None over SSH or without a desktop."""
    env = os.environ if environ is None else environ
    candidates = ["pbcopy"] if os.uname().sysname == "Darwin" else []
    if env.get("WAYLAND_DISPLAY"):
        candidates.append("wl-copy")
    if env.get("DISPLAY"):
        candidates += ["xclip", "xsel"]
    if env.get("WSL_DISTRO_NAME"):
        candidates.append("clip.exe")
    if env.get("SSH_CONNECTION") and not env.get("DISPLAY"):
        return None  # a clipboard there is not the one in front of the person
    found = (name for name in candidates if shutil.which(name, path=env.get("PATH")))
    name = next(found, None)
    return _PROGRAMS[name] if name else None


async def copy(app: App[Any], text: str) -> str:
    """Copy the text everywhere it can go; returns one sentence for the person."""
    text = encodable(text)
    size = len(text.encode())
    App.copy_to_clipboard(app, text)  # not that of `Copies`, which would run the program too
    if await to_program(text):
        return f"Copied {_amount(text)} to the clipboard."
    if size > OSC52_LIMIT:
        return (
            f"Sent {_amount(text)} to the terminal's clipboard; many terminals take no more than "
            f"{OSC52_LIMIT // 1000} KB at once, so check that it arrived."
        )
    return f"Sent {_amount(text)} to the terminal's clipboard (OSC 52)."


def copy_with_toast(app: App[Any], text: str) -> None:
    """Copy beside everything else, and say what was done."""

    async def work() -> None:
        app.notify(await copy(app, text), markup=False)

    app.run_worker(work(), group="clipboard")


class Copies(App[int]):
    """An app in which what Textual itself copies, in dialogs and on a cut, goes everywhere, too."""

    def copy_to_clipboard(self, text: str) -> None:
        text = encodable(text)
        super().copy_to_clipboard(text)
        self.run_worker(to_program(text), group="clipboard")


def encodable(text: str) -> str:
    """Lone surrogates can not be encoded."""
    return text.encode("utf-8", "replace").decode()


async def to_program(text: str) -> bool:
    """Whether a clipboard program of this environment took the text."""
    command = clipboard_program()
    return command is not None and await _run(command, text)


async def _run(command: tuple[str, ...], text: str) -> bool:
    """Whether the program took the text. xclip stays in the background to serve it, holding what
    it inherits: so nothing of ours is waited for but its exit."""
    encoding = "utf-16-le" if command[0] == "clip.exe" else "utf-8"
    try:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL
        )
    except OSError:  # gone since it was found, or not executable: OSC 52 was sent
        return False
    try:
        async with asyncio.timeout(SECONDS):
            await child.communicate(text.encode(encoding))
    except TimeoutError:
        child.kill()
        await child.wait()
        return False
    return child.returncode == 0


def _amount(text: str) -> str:
    lines = text.count("\n") + 1
    count = f"{len(text):,} character{'' if len(text) == 1 else 's'}"
    return count if lines == 1 else f"{count} in {lines:,} lines"
