"""One answer's text on its way to the disk while it is being generated.

A thread writes whatever has come at most DELAY seconds after it came, so that the decode loop never
waits for the disk and a killed process loses no more than that. Knows nothing of messages.
"""

from __future__ import annotations

import threading
import time

from llamachat.chat.store import unfinished
from llamachat.chat.store.database import Database
from llamachat.chat.store.owners import this_process
from llamachat.errors import LlamaChatError

DELAY = 0.1
"""seconds; 0.2 are promised, and a busy machine may run this thread late"""


class AnswerJournal:
    """`write` comes from one thread, `end` from any."""

    def __init__(self, database: Database, chat: int, parent: int | None) -> None:
        self.number: int | None = None
        """of the unfinished answer in the file; None before the first write"""
        self._database = database
        self._chat = chat
        self._parent = parent
        self._created = time.time()
        self._texts: list[str] = []
        self._written = 0
        """how many of them are in the file"""
        self._waiting = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="answer-journal", daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        """All of it, written or not."""
        return "".join(self._texts)

    def write(self, text: str) -> None:
        """Returns at once; a write that fails is tried again until the end."""
        self._texts.append(text)
        if not self._waiting.is_set():  # setting it again costs a lock a token
            self._waiting.set()

    def end(self) -> None:
        """No more writes; what is in the file stays there."""
        self._ended.set()
        self._waiting.set()
        self._thread.join()

    def _run(self) -> None:
        this_process()  # imports psutil, which the first text need not wait for
        while True:
            self._waiting.wait()
            if self._ended.wait(DELAY):
                return
            self._waiting.clear()
            if self._ended.is_set():  # meanwhile; clearing took its signal away
                return
            try:
                self._write_waiting()
            except LlamaChatError:  # the answer goes on; who stores its end hears of the disk
                self._waiting.set()

    def _write_waiting(self) -> None:
        count = len(self._texts)
        with self._database.writing() as connection:
            number, since = self.number, self._written
            if number is None or not unfinished.is_there(connection, number):
                since = 0
                number = unfinished.begin(
                    connection,
                    self._chat,
                    self._parent,
                    owner=this_process(),
                    created=self._created,
                )
            unfinished.add_piece(connection, number, "".join(self._texts[since:count]))
        self.number, self._written = number, count
