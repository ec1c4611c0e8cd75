"""Textual's driver for a browser tab, which leaves however the tab or its server goes.

Textual's own ends an app without its `exit`, so that a draft is not kept, and runs on for ever
where the server was killed: its pipes are closed then, and nobody says so. Knows no chats.
"""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from typing import Any

from textual.app import App
from textual.drivers.web_driver import WebDriver

from llamachat.tui.tab_emoji import for_tab


class TabDriver(WebDriver):
    """Chosen by the variable TEXTUAL_DRIVER."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = partial(self._write_while_read)

    def start_application_mode(self) -> None:
        super().start_application_mode()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._app.exit)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """`quit` is said when the tab is closed or the server stops."""
        if packet_type == "quit":
            self._leave()
        else:
            super().on_meta(packet_type, payload)

    def run_input_thread(self) -> None:
        """Until the app or the server has gone."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._leave()

    def write(self, data: str) -> None:
        super().write(for_tab(data))

    def _write_while_read(self, data: bytes) -> int:
        try:
            return os.write(self.fileno, data)
        except BrokenPipeError:  # the input ends as well, which makes the app leave
            return len(data)

    def _leave(self) -> None:
        """From any thread."""
        self._app.call_later(self._app.exit)
